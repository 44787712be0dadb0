#!/usr/bin/env bash
# ctranslate2 4.8.5, transformers 5.23.0, torch 2.13.0: TransformersConverter takes a Llama with "rope_type": "llama3",
# the stretching of Llama 3.1 and later, and writes a model that turns unscaled: its logits are those of a model without
# stretching, to the last bit, and no warning is given. A model with "rope_type": "linear" is converted right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 transformers==5.23.0 ctranslate2==4.8.5
"$folder/env/bin/python" -W ignore - "$folder" <<'PY'
import sys

import ctranslate2
import numpy as np
import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

logging.disable_progress_bar()
print("ctranslate2", ctranslate2.__version__)
names = ["<unk>", "<s>", "</s>"] + [f"w{k}" for k in range(61)]
words = Tokenizer(models.WordLevel({name: k for k, name in enumerate(names)}, unk_token="<unk>"))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
tokens = torch.randint(3, 64, (1, 200), generator=torch.Generator().manual_seed(0))
ramp = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
ropes = {"default": {}, "linear": {"factor": 8.0}, "llama3": {"factor": 8.0, **ramp}}


def logits(kind):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64, hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1,
        rope_parameters={"rope_type": kind, "rope_theta": 10000.0, **ropes[kind]},
    )
    model, place = LlamaForCausalLM(config).eval(), f"{sys.argv[1]}/{kind}"
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(8 if weight.ndim == 2 else 1)  # so that attention is not almost even
        there = model(tokens).logits[0].numpy()
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    TransformersConverter(place).convert(f"{place}/converted")
    generator = ctranslate2.Generator(f"{place}/converted", compute_type="float32")
    return there, np.array(generator.forward_batch([[names[k] for k in tokens[0].tolist()]]))[0]


both = {kind: logits(kind) for kind in ropes}
off = {kind: np.abs(there - here).max() for kind, (there, here) in both.items()}
for kind, by in off.items():
    print(f"{kind}: converted, logits are off by {by:.4f}")
same = np.array_equal(both["llama3"][1], both["default"][1])
print(f"llama3 converted is default converted: {same}")
assert max(off["default"], off["linear"]) < 1e-3
assert off["llama3"] > 1 and same, "the stretching survives the conversion now"
PY
# Seen: ctranslate2 4.8.5
#       default: converted, logits are off by 0.0000
#       linear: converted, logits are off by 0.0000
#       llama3: converted, logits are off by 5.3064
#       llama3 converted is default converted: True
