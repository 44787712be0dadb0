import torch
from common import reference


def record():
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
