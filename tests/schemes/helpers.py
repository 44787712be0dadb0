"""What the tests of all schemes share."""

import json
from pathlib import Path

import torch
from hypothesis import settings
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

REFERENCES = Path(__file__).parents[1] / "references"
few = settings(max_examples=25, deadline=None, derandomize=True)


def recorded(name: str) -> list[dict]:
    """What independent packages computed for one scheme; tests/references/record holds the code that asked them."""
    return json.loads((REFERENCES / f"{name}.json").read_text("utf-8"))


class Watch(TorchDispatchMode):
    """Keeps which operators run on which tensors, and the size of the largest tensor that is made."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.largest = [], 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.calls.append((operator, args))
        out = operator(*args, **(kwargs or {}))
        if isinstance(out, Tensor):
            self.largest = max(self.largest, out.untyped_storage().nbytes() // out.element_size())
        return out

    def given_to(self, operator: torch._ops.OpOverload) -> list[Tensor]:
        """All tensors that calls of ``operator`` were given."""
        return [x for called, args in self.calls if called is operator for x in args if isinstance(x, Tensor)]
