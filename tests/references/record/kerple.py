"""Neither source can be installed whole, so each is taken out of the file that holds it; nothing in them is changed.

* the authors' repository, which is a fork of GPT-NeoX: two classes of one file, read from GitHub or from a copy of
  that file named in the environment variable KERPLE_LAYERS. One process on a CPU stands in for its parallel calls.
* NeMo 1.23.0, the log form with a third number, an exponent of the distance, which is 1 here: two files of the wheel
  named in NEMO_WHEEL (pip download --no-deps nemo_toolkit==1.23.0).
"""

import ast
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import patch
from urllib.request import urlopen
from zipfile import ZipFile

import torch
from common import numbers

COMMIT = "73f1ee2d24722cdbe277d473899321218f5cbd00"
ADDRESS = f"https://raw.githubusercontent.com/chijames/KERPLE/{COMMIT}/megatron/mpu/layers.py"
NEMO = "nemo.collections.nlp.modules.common.megatron.position_embedding"


def authors_classes():
    copy = os.environ.get("KERPLE_LAYERS")
    source = Path(copy).read_text() if copy else urlopen(ADDRESS).read().decode()
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if getattr(node, "name", "").startswith("ParallelKerple")]
    names = {
        "torch": torch,
        "Parameter": torch.nn.Parameter,
        "get_model_parallel_world_size": lambda: 1,
        "get_model_parallel_rank": lambda: 0,
    }
    exec(compile(tree, "layers.py", "exec"), names)
    return names["ParallelKerpleLog"], names["ParallelKerplePower"]


def nemo_class():
    parts = NEMO.split(".")
    path = os.environ.get("NEMO_WHEEL") or sys.exit("kerple: NEMO_WHEEL must name the wheel of nemo_toolkit 1.23.0")
    with ZipFile(path) as wheel:
        modules = {".".join(parts[: k + 1]): ModuleType(parts[k]) for k in range(len(parts))}
        with patch.dict(sys.modules, modules):
            for name in ("alibi_relative_position_embedding", "kerple_relative_position_embedding"):
                module = sys.modules[f"{NEMO}.{name}"] = ModuleType(name)
                exec(wheel.read(f"{NEMO.replace('.', '/')}/{name}.py").decode(), module.__dict__)
    return module.KERPLERelativePositionEmbedding


def reference(package, version, called, **values):
    return {"package": package, "version": version, "called": called} | {k: numbers(v) for k, v in values.items()}


def record():
    log, power = authors_classes()
    arguments = SimpleNamespace(num_attention_heads=4, params_dtype=torch.float32, pos_emb="kerple_power_ap_none")
    found = []
    for kind in (log, power):
        torch.manual_seed(0)
        with patch("torch.cuda.current_device", return_value="cpu"):
            module = kind(arguments)
        for queries, keys in ((6, 6), (1, 40)):  # six tokens at once, and the last of forty
            with torch.no_grad():
                bias = module(torch.zeros(1, 4, queries, keys))[0]
            r1, r2 = (module.bias_p, module.bias_a) if kind is log else (module.bias_a, module.bias_p)
            values = {"r1": r1[:, 0, 0], "r2": r2[:, 0, 0], "bias": bias}
            found.append(reference("chijames/KERPLE", COMMIT[:7], kind.__name__, **values))

    kind = nemo_class()
    module = kind(bidirectional=True, num_attention_heads=4, layer_type=None)
    with torch.no_grad():
        module.kerple_b.copy_(2 * torch.rand(4, 1, 1))
        module.kerple_a.copy_(torch.rand(4, 1, 1))
        values = {"r1": module.kerple_b[:, 0, 0], "r2": module.kerple_a[:, 0, 0], "bias": module(6, 6)[0]}
    found.append(reference("nemo_toolkit", "1.23.0", kind.__name__, **values))
    return found
