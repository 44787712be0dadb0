"""The query and the key whose hands are drawn: those of blocks of chapter 2; a smaller head takes a part."""

import torch


def data() -> dict:
    """q and k: 64 numbers each, rounded to six digits."""
    torch.manual_seed(0)
    q, k = torch.randn(2, 64, dtype=torch.float64).round(decimals=6).tolist()
    return {"q": q, "k": k}
