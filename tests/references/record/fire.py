"""No package offers FIRE; a published research code does.

Recorded from class FIRE in cramming/architectures/embeddings.py of github.com/mcleish7/arithmetic at commit
55af9d5e3d9b2265ae7638b4f2936c9a70538cc4 (MIT licence). To record again, name your copy of that file:

    FIRE_SOURCE=embeddings.py .venv-references/bin/python tests/references/record fire

Without it the recorded values stay as they are. Only the class is read, so the file's other imports are not needed.
"""

import ast
import json
import os
from pathlib import Path

import torch
from common import numbers


def record():
    source = os.environ.get("FIRE_SOURCE")
    if not source:
        print("fire: FIRE_SOURCE is not set, the recorded values stay")
        return json.loads((Path(__file__).parents[1] / "fire.json").read_text())
    tree = ast.parse(Path(source).read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "FIRE"]
    names = {"torch": torch}
    exec(compile(tree, source, "exec"), names)

    torch.manual_seed(0)
    module = names["FIRE"](num_heads=3, mlp_width=8, init_L=20.0).eval()
    with torch.no_grad():
        module.c.fill_(0.3)
        module.L_multiplier.fill_(1.25)  # L = 25: queries on both sides of it
        bias = module(2000, "cpu")[0]
    m, n = torch.tensor([0, 1, 24, 25, 26, 40, 1999]), torch.tensor([0, 1, 20, 25, 39, 1000, 1999])
    return [
        {
            "package": "mcleish7/arithmetic",
            "version": "55af9d5e3d9b2265ae7638b4f2936c9a70538cc4",
            "called": "cramming.architectures.embeddings.FIRE",
            "threshold": 20.0,
            "c": numbers(module.c.detach()),
            "stretch": numbers(module.L_multiplier.detach()),
            "mlp": {name: numbers(value) for name, value in module.mlp.state_dict().items()},
            "m": numbers(m),
            "n": numbers(n),
            "bias": numbers(bias[:, m][:, :, n]),
        }
    ]
