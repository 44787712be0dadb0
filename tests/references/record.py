"""Record what independent packages compute, as small JSON files beside this script.

The tests read the JSON only; nobody needs these packages to run them. To record again, in an environment of
its own and from the root of the repository:

    python -m venv .venv-references
    .venv-references/bin/pip install torch==2.13.0 transformers==5.23.0
    .venv-references/bin/pip install torch==2.13.0 positional-encodings==6.0.3 labml-nn==0.5.1
    .venv-references/bin/pip uninstall -y torchvision
    .venv-references/bin/python tests/references/record.py

torchvision comes with labml-nn and breaks every model import of transformers next to a CPU build of torch.

Each file lists its references; each reference names package, version and the object that was called.
"""

import json
from importlib.metadata import version
from pathlib import Path

import torch

HERE = Path(__file__).parent


def numbers(tensor):
    """Nested lists with the nine significant digits that identify a float32."""
    if tensor.ndim:
        return [numbers(part) for part in tensor]
    value = tensor.item()
    return float(f"{value:.9g}") if isinstance(value, float) else value


def reference(package, called, **values):
    values = {name: numbers(v) if isinstance(v, torch.Tensor) else v for name, v in values.items()}
    return {"package": package, "version": version(package), "called": called, **values}


def sinusoidal():
    from labml_nn.transformers.positional_encoding import get_positional_encoding
    from positional_encodings.torch_encodings import PositionalEncoding1D
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    dim, positions = 24, torch.tensor([0, 1, 2, 3, 10, 100, 511, 1023])
    far = torch.tensor([0, 1, 1023, 100_000])  # Marian alone forms its angles in float64
    tables = (
        (
            "positional-encodings",
            "torch_encodings.PositionalEncoding1D",
            "interleaved",
            positions,
            PositionalEncoding1D(dim)(torch.zeros(1, 1024, dim))[0],
        ),
        (
            "labml-nn",
            "transformers.positional_encoding.get_positional_encoding",
            "interleaved",
            positions,
            get_positional_encoding(dim, 1024)[:, 0],
        ),
        (
            "transformers",
            "marian.MarianSinusoidalPositionalEmbedding.create_weight",
            "halves",
            far,
            MarianSinusoidalPositionalEmbedding(100_001, dim).create_weight(),
        ),
    )
    return [
        reference(package, called, layout=layout, dim=dim, positions=at, rows=table[at])
        for package, called, layout, at, table in tables
    ]


def learned():
    from transformers import BertConfig, GPT2Config, GPT2Model
    from transformers.models.bert.modeling_bert import BertEmbeddings

    def sum_seen_by(module, call):
        """What enters ``module`` (the first thing after the addition) while ``call`` runs."""
        seen = []
        handle = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
        call()
        handle.remove()
        return seen[0]

    torch.manual_seed(0)
    rows, dim = 12, 8
    x = torch.randn(2, 5, dim)
    positions = torch.tensor([[0, 1, 2, 3, 4], [7, 8, 9, 10, 11]])

    bert = BertEmbeddings(BertConfig(vocab_size=20, hidden_size=dim, max_position_embeddings=rows)).eval()
    torch.nn.init.zeros_(bert.token_type_embeddings.weight)  # segments are no part of the scheme
    gpt2 = GPT2Model(GPT2Config(vocab_size=20, n_positions=rows, n_embd=dim, n_layer=1, n_head=2)).eval()

    found = []
    for called, module, model, weight in (
        ("bert.BertEmbeddings, before its LayerNorm", bert.LayerNorm, bert, bert.position_embeddings.weight),
        ("gpt2.GPT2Model, before its first dropout", gpt2.drop, gpt2, gpt2.wpe.weight),
    ):
        found.append(
            reference(
                "transformers",
                called,
                weight=weight.detach(),
                x=x,
                positions=positions,
                sum=sum_seen_by(module, lambda m=model: m(inputs_embeds=x, position_ids=positions)),
                sum_default_positions=sum_seen_by(module, lambda m=model: m(inputs_embeds=x)),
            )
        )
    return found


if __name__ == "__main__":
    for scheme in (sinusoidal, learned):
        path = HERE / f"{scheme.__name__}.json"
        lines = ",\n".join(json.dumps(found) for found in scheme())
        path.write_text(f"[\n{lines}\n]\n")
        print(f"{path.name}: {path.stat().st_size} bytes")
