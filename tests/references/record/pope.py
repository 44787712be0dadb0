"""Attention with PoPE from two packages of one author; phases are set, since both refuse their own uniform start."""

import torch
from common import numbers, reference

TOKENS, SIZE = 6, 8
PHASES = (0.0, 0.0), (-3.0, 0.0), (-7.0, 1.0)  # from, to: as they start, within the range, beyond both of its ends


def phases(heads, ends):
    return torch.linspace(*ends, heads * SIZE).view(heads, SIZE)


def alone(ends, key_heads):
    """Queries, keys and values as they are given, and what attention makes of them."""
    from PoPE_pytorch import PoPE, flash_attn_with_pope

    pope, at = PoPE(SIZE, heads=2), torch.tensor([0, 1, 2, 40, 41, 300])
    q, k, v = (torch.randn(1, heads, TOKENS, SIZE) for heads in (2, key_heads, key_heads))
    with torch.no_grad():
        pope.bias.copy_(phases(2, ends))
        out = flash_attn_with_pope(q, k, v, pos_emb=pope(at.float()), causal=True)
    values = {"q": q, "k": k, "v": v, "positions": at, "delta": phases(2, ends), "out": out}
    return reference("PoPE-pytorch", "flash_attn_with_pope", **values)


def in_a_layer(ends):
    """The same from the layer of a library: its projections are hooked."""
    from x_transformers.x_transformers import Attention, PolarEmbedding

    layer, polar = Attention(2 * SIZE, dim_head=SIZE, heads=2, causal=True).eval(), PolarEmbedding(SIZE, heads=2)
    seen, at = {}, torch.arange(TOKENS)
    for name in "qkv":
        getattr(layer, f"to_{name}").register_forward_hook(lambda _, inputs, out, name=name: seen.update({name: out}))
    layer.to_out = torch.nn.Identity()
    with torch.no_grad():
        polar.learned_bias.copy_(phases(2, ends)[:, None])
        out = layer(torch.randn(1, TOKENS, 2 * SIZE), polar_pos_emb=polar(at))
    seen["out"] = out
    heads = {name: numbers(x.unflatten(-1, (2, SIZE)).transpose(1, 2)) for name, x in seen.items()}
    return reference("x-transformers", "Attention with PolarEmbedding", positions=at, delta=phases(2, ends), **heads)


def uniform(package, called, make):
    """What is said when phases are to start anywhere in their range."""
    try:
        make()
    except RuntimeError as error:
        return reference(package, called, says=str(error))
    raise AssertionError(f"{called} starts now: the page says that it does not")


def record():
    from PoPE_pytorch import PoPE
    from x_transformers.x_transformers import PolarEmbedding

    torch.manual_seed(0)
    found = [alone(ends, key_heads) for ends, key_heads in zip(PHASES, (2, 1, 2), strict=True)]
    found += [in_a_layer(ends) for ends in PHASES]
    for package, kind in (("PoPE-pytorch", PoPE), ("x-transformers", PolarEmbedding)):
        called = f"{kind.__name__}(bias_uniform_init=True)"
        found.append(uniform(package, called, lambda kind=kind: kind(SIZE, heads=2, bias_uniform_init=True)))
    return found
