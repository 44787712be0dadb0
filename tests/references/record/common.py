"""What every recording script needs."""

from importlib.metadata import version

import torch


def numbers(tensor):
    """Nested lists with the nine significant digits that identify a float32."""
    if tensor.ndim:
        return [numbers(part) for part in tensor]
    value = tensor.item()
    return float(f"{value:.9g}") if isinstance(value, float) else value


def reference(package, called, **values):
    """One recorded reference: what was called, in which version, with what, and what it gave."""
    values = {name: numbers(v) if isinstance(v, torch.Tensor) else v for name, v in values.items()}
    return {"package": package, "version": version(package), "called": called, **values}
