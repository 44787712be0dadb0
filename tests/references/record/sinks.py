from types import SimpleNamespace

import torch
from common import reference


def record():
    """The attention of gpt-oss on random queries, keys and values, and the gradient of its sinks."""
    from transformers.models.gpt_oss.modeling_gpt_oss import eager_attention_forward

    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, 2, 5, 4)
    n, found = torch.arange(5), []
    for window in (5, 2):
        seen = (n <= n[:, None]) & (n > n[:, None] - window)
        mask = torch.zeros(5, 5).masked_fill(~seen, -torch.inf)[None, None]
        module = SimpleNamespace(
            sinks=torch.tensor([0.5, -1.0], requires_grad=True), num_key_value_groups=1, training=False
        )
        out, weights = eager_attention_forward(module, q, k, v, mask, 0.5)
        out = out.transpose(1, 2)  # it gives (B, T, h, d_h)
        out.square().sum().backward()
        found.append(
            reference(
                "transformers",
                f"gpt_oss.eager_attention_forward, window {window}",
                q=q,
                k=k,
                v=v,
                seen=seen.tolist(),
                sinks=module.sinks.detach(),
                out=out.detach(),
                weights=weights.detach(),
                gradient=module.sinks.grad,
            )
        )
    return found
