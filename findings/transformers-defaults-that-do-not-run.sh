#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: the default configuration of some families builds no model that runs. DBRX reads
# attn_config.rope_theta, which its configuration class does not have; HunYuan dense raises None to a power, since its
# head_dim is None; GLM-4V's text model splits 64 channels of angles into sections that do not sum to them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import torch
from transformers.models.dbrx import DbrxConfig, DbrxModel
from transformers.models.glm4v import Glm4vTextConfig, Glm4vTextModel
from transformers.models.hunyuan_v1_dense import HunYuanDenseV1Config, HunYuanDenseV1Model

tried = {DbrxModel: DbrxConfig, HunYuanDenseV1Model: HunYuanDenseV1Config, Glm4vTextModel: Glm4vTextConfig}
failed = 0
for model, config in tried.items():
    try:
        with torch.device("meta"):
            model(config()).eval()(torch.arange(8)[None])
        print(f"{model.__name__}: runs")
    except Exception as error:
        failed += 1
        print(f"{model.__name__}: {type(error).__name__}: {str(error)[:70]}")
assert failed == 3, "some of these defaults run now"
PY
# Seen: AttributeError, TypeError, RuntimeError
