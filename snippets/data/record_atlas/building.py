"""Small models with the positions of the default configuration, and inputs that they accept."""

import inspect
import itertools
import re
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from transformers import ResNetConfig

TOKENS = 12
VOCABULARY = 300
HIDDEN = ("hidden_size", "d_model", "n_embd", "dim", "embed_dim", "encoder_hidden_size", "decoder_hidden_size")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads", "decoder_attention_heads")
WIDTHS = (
    "intermediate_size", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "d_ff", "n_inner", "mlp_dim",
    "moe_intermediate_size", "shared_expert_intermediate_size", "intermediate_size_mlp", "ffn_hidden_size",
)  # fmt: skip
EXPERTS = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts")
CHOSEN = ("num_experts_per_tok", "top_k_experts", "moe_topk", "moe_k", "num_selected_experts")
GROUPS = ("n_group", "topk_group", "num_expert_group")
DEPTHS = (
    "num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers", "depth",
    "num_encoder_layers", "num_decoder_layers", "num_hidden_blocks",
)  # fmt: skip


def parts(config) -> Iterator:
    """The configuration and, below it, those of its parts."""
    yield config
    for value in list(vars(config).values()):
        if hasattr(value, "to_dict") and hasattr(value, "model_type"):
            yield from parts(value)


def _whole(config, name: str) -> int | None:
    try:
        value = getattr(config, name, None)
    except Exception:  # sizes that differ from layer to layer have no one value
        return None
    return value if type(value) is int and value > 0 else None


def _set(config, name: str, value) -> None:
    name = getattr(config, "attribute_map", {}).get(name, name)
    if name in vars(config):
        setattr(config, name, value)


def shrink_words(config) -> None:
    """A small vocabulary, with the special tokens inside it."""
    for part in parts(config):
        for name in ["vocab_size", *vars(part)]:
            if "vocab_size" in name and (_whole(part, name) or 0) > VOCABULARY:
                _set(part, name, VOCABULARY)
    taken = itertools.count(VOCABULARY - 1, -1)
    for part in parts(config):
        for name, value in list(vars(part).items()):
            if name.endswith(("_token_id", "_token_index")) and type(value) is int and value >= 20:
                setattr(part, name, next(taken))


def shrink_experts(config) -> None:
    for part in parts(config):
        if type(getattr(part, "backbone_config", None)).__name__ == "TimmBackboneConfig":
            part.backbone_config = ResNetConfig(
                depths=[1, 1, 1, 1],
                hidden_sizes=[8, 8, 8, 8],
                embedding_size=8,
                out_features=["stage2", "stage3", "stage4"]
                if (_whole(part, "num_feature_levels") or 1) > 1
                else ["stage4"],
            )
        for name in EXPERTS:
            if (_whole(part, name) or 0) > 4:
                _set(part, name, 4)
        for name in CHOSEN:
            if (_whole(part, name) or 0) > 2:
                _set(part, name, 2)
        for name in GROUPS:
            if _whole(part, name):
                _set(part, name, 1)


def shrink_feed_forward(config) -> None:
    for part in parts(config):
        for name in (*WIDTHS, "q_lora_rank", "kv_lora_rank"):
            if (_whole(part, name) or 0) > 32:
                _set(part, name, 32)


def shrink_heads(config) -> None:
    """Two heads of the size they have, and what has to follow from their number."""
    for part in parts(config):
        hidden = [name for name in HIDDEN if _whole(part, name)]
        heads = [name for name in HEADS if _whole(part, name)]
        if not hidden or not heads:
            continue
        before, count = _whole(part, hidden[0]) or 0, _whole(part, heads[0]) or 0
        if count <= 4 or before % count or len({_whole(part, name) for name in hidden}) > 1:
            continue
        size = _whole(part, "head_dim") or before // count
        keys = _whole(part, "num_key_value_heads")
        few = 4 if _whole(part, "attention_hidden_size") == 2 * before else 2  # attention twice as wide as the rest
        for name in heads:
            _set(part, name, few)
        if keys:
            _set(part, "num_key_value_heads", few if keys == count else 1)
        _set(part, "attention_hidden_size", few * size)
        for name in (*hidden, "cross_attention_hidden_size"):
            if _whole(part, name) == before:
                _set(part, name, 2 * size)
        for number, channels in (("mamba_n_heads", "mamba_d_head"), ("n_mamba_heads", "mamba_headdim")):
            _set(part, number, 2)
            _set(part, channels, (_whole(part, "mamba_expand") or 1) * size)


def shrink_depth(config, layers: int) -> None:
    for part in parts(config):
        for name in DEPTHS:
            depth = _whole(part, name)
            if depth is None or depth <= layers:
                continue
            for other, value in list(vars(part).items()):
                if isinstance(value, list) and len(value) == depth:
                    setattr(part, other, value[:layers])
            _set(part, name, layers)


def depth_of_every_kind(config) -> int:
    """The fewest layers, but four at least, among which each kind is that a list by layer names."""
    fewest = 4
    for part in parts(config):
        depths = {_whole(part, name) for name in DEPTHS} - {None}
        for kinds in (v for v in vars(part).values() if isinstance(v, list) and len(v) in depths):
            if all(isinstance(kind, str) for kind in kinds):
                fewest = max(fewest, 1 + max(kinds.index(kind) for kind in kinds))
    return fewest


# What a default configuration needs before its model runs at all: one that its own checkpoints have, or a small number.
OVERRIDES: dict[str, dict] = {
    "AutoformerConfig": {"prediction_length": 8},
    "InformerConfig": {"prediction_length": 8},
    "TimeSeriesTransformerConfig": {"prediction_length": 8},
    "BambaConfig": {"attn_layer_indices": [2]},
    "BigBirdConfig": {"attention_type": "original_full"},
    "BigBirdPegasusConfig": {"attention_type": "original_full"},
    "CodeGenConfig": {"n_embd": 1024, "n_head": 4},
    "NemotronConfig": {"num_key_value_heads": 8},
    "MinistralConfig": {"head_dim": 128},
    "HunYuanDenseV1Config": {"head_dim": 128},
    "HunYuanMoEV1Config": {"head_dim": 128},
    "EsmConfig": {"vocab_size": 33, "mask_token_id": 32, "pad_token_id": 1},
    "DeepseekV2Config": {"num_experts_per_tok": 2, "topk_group": 1, "n_group": 1},
    "GraniteMoeHybridConfig": {"layer_types": ["linear_attention", "full_attention"] * 16},
    "ChameleonConfig": {"vocabulary_map": {"<image>": 8711}},
    "Lfm2MoeConfig": {"layer_types": ["conv", "conv", "full_attention", "conv"] * 8},
    "MoonshineStreamingConfig": {"num_key_value_heads": 8},
    "DiffusionGemmaTextConfig": {"num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 32},
    "Llama4VisionConfig": {"hidden_size": 1408},
    "XmodConfig": {"default_language": "en_XX"},
    "Glm4vMoeTextConfig": {"head_dim": 128},
    "DbrxConfig": {"attn_config": {"rope_theta": 500000.0, "kv_n_heads": 8, "clip_qkv": 8.0}},
    "Glm4vTextConfig": {
        "rope_parameters": {"rope_theta": 10000.0, "partial_rotary_factor": 0.5, "mrope_section": [8, 12, 12]}
    },
}


def default(config_class):
    """The default configuration, with what it needs to run."""
    config = config_class(**OVERRIDES.get(config_class.__name__, {}))
    for part in parts(config):
        if "use_cache" in vars(part):
            part.use_cache = False
        if getattr(part, "is_heterogeneous", False):
            part.allow_global_per_layer_attribute_access = True
        name = type(part).__name__
        if part is not config and name in OVERRIDES:
            for other, value in OVERRIDES[name].items():
                setattr(part, other, value)
    return config


PATTERN = re.compile(r"types|pattern|interval|no_rope|indexes|attn_layer|full_att|every|nope|skip|layout|schedule")


def has_pattern(config) -> bool:
    """Whether the configuration says anything of layers that differ: a list by layer, or a rule."""
    for part in parts(config):
        depths = {_whole(part, name) for name in DEPTHS} - {None}
        for name, value in vars(part).items():
            if isinstance(value, (list, tuple)):
                by_layer = len(value) in depths or PATTERN.search(name)
                if by_layer and len(value) > 0 and any(each != value[0] for each in value):
                    return True
            elif type(value) is int and value > 1 and PATTERN.search(name) and "token" not in name:
                return True
    return False


def depth(config) -> int:
    """All layers that a configuration and its parts name."""
    return sum(_whole(part, name) or 0 for part in parts(config) for name in DEPTHS)


def configurations(config_class, widths: bool = True) -> Iterator[tuple[str, object]]:
    """Ever less small versions of the default configuration: (what was done, configuration).

    Where the configuration has no rule by layer, three layers stand for all; where it has and all are too many, the
    first that hold each kind of layer. Without ``widths`` what has all its heads comes first.
    """
    whole = has_pattern(default(config_class))
    small = (shrink_words, shrink_experts, shrink_feed_forward)

    def few(config) -> None:
        shrink_depth(config, depth_of_every_kind(config))

    plans = {
        "narrow": (*small, shrink_heads, *(() if whole else (lambda c: shrink_depth(c, 3),))),
        "narrow, few layers": (*small, shrink_heads, few),
        "all heads, few layers": (*small, few),
        "few layers": (shrink_words, shrink_experts, few),
        "2 layers": (lambda c: shrink_depth(c, 2),),
    }
    order = sorted(plans, key=lambda name: "narrow" in name) if not widths else list(plans)
    for name in order:
        steps = plans[name]
        config = default(config_class)
        for step in steps:
            step(config)
        yield name, config


def _size(config, *names: str, default: int = 0) -> int:
    for part in parts(config):
        for name in names:
            value = vars(part).get(getattr(part, "attribute_map", {}).get(name, name), None)
            if type(value) is int and value > 0:
                return value
            if isinstance(value, (list, tuple)) and value and type(value[0]) is int:
                return value[0]
            if isinstance(value, dict) and "height" in value:
                return value["height"]
    return default


def _sides(config) -> tuple[int, int] | None:
    """Height and width of images that are no squares."""
    for part in parts(config):
        value = vars(part).get("image_size")
        if isinstance(value, (list, tuple)) and len(value) == 2:
            return tuple(value)
    return None


def tokens(config, count: int = TOKENS) -> Tensor:
    """Distinct tokens, none special and none in order: (1, count)."""
    size = min(_size(config, "vocab_size", default=VOCABULARY), VOCABULARY)
    special = {v for p in parts(config) for k, v in vars(p).items() if k.endswith(("_id", "_index")) and type(v) is int}
    free = [i for i in range(3, size) if i not in special] or list(range(size))
    order = torch.randperm(len(free), generator=torch.Generator().manual_seed(0))[:count]
    return torch.tensor([[free[i] for i in order]])


# Inputs of single models that the rules of ``inputs`` do not find: keyword arguments from the configuration.
ASKED: dict[str, Callable] = {
    "AudioFlamingo3Encoder": lambda c: {
        "input_features": torch.zeros(1, 128, 3000), "input_features_mask": torch.ones(1, 3000, dtype=torch.long)},
    "EfficientLoFTRModel": lambda c: {"pixel_values": torch.rand(1, 2, 3, 64, 64)},
    "FunAsrNanoEncoder": lambda c: {
        "input_features": torch.zeros(1, 64, 560), "input_features_mask": torch.ones(1, 64, dtype=torch.long)},
    "GraniteSpeech5Encoder": lambda c: {"input_features": torch.zeros(1, 128, 320)},
    "LightGlueForKeypointMatching": lambda c: {"pixel_values": torch.rand(1, 2, 3, 32, 32)},
    "LxmertModel": lambda c: {
        "visual_feats": torch.zeros(1, 10, c.visual_feat_dim), "visual_pos": torch.zeros(1, 10, c.visual_pos_dim)},
    "Molmo2VisionModel": lambda c: {"pixel_values": torch.zeros(1, 729, 588)},
    "MuseGlimmerAssistantModel": lambda c: {
        "noise_embeds": torch.zeros(1, TOKENS, c.hidden_size),
        "context_hidden_states": torch.zeros(1, TOKENS, len(c.target_layer_ids) * c.hidden_size)},
    "Phi4MultimodalAudioModel": lambda c: {
        "hidden_states": torch.zeros(1, 128, 80), "mask": torch.ones(1, 128, dtype=torch.bool)},
    "SegGptModel": lambda c: {
        name: torch.zeros(1, 3, c.image_size[1], c.image_size[1])
        for name in ("pixel_values", "prompt_pixel_values", "prompt_masks")},
    "SuperGlueForKeypointMatching": lambda c: {"pixel_values": torch.rand(1, 2, 3, 32, 32)},
    "TvpModel": lambda c: {
        "pixel_values": torch.zeros(1, 2, 3, 448, 448), "attention_mask": torch.ones(1, TOKENS, dtype=torch.long)},
    "VideoLlama3VisionModel": lambda c: {
        "pixel_values": torch.zeros(64, 3 * c.patch_size**2), "grid_thw": torch.tensor([[1, 8, 8]]),
        "merge_sizes": torch.tensor([1])},
    "VoxtralRealtimeModel": lambda c: {"input_ids": tokens(c, 16), "input_features": torch.zeros(1, 128, 128)},
}  # fmt: skip


def inputs(model, config) -> Iterator[dict]:
    """Keyword arguments for ``forward``, most likely first."""
    wanted = dict(inspect.signature(model.forward).parameters)
    channels = _size(config, "num_channels", "in_channels", "in_chans", default=3)
    size = _size(config, "image_size", "img_size", "input_size", default=224)
    high, wide = _sides(config) or (size, size)
    patch = _size(config, "patch_size", "spatial_patch_size", default=16)
    mels = _size(
        config,
        "feature_projection_input_dim",
        "num_mel_bins",
        "n_mels",
        "feature_size",
        "input_feat_per_channel",
        "input_dim",
        default=80,
    )
    width = _size(config, "hidden_size", "d_model", "n_embd", "dim", "embed_dim", default=64)
    frames = _size(config, "num_frames", "frames_per_clip", "temporal_patch_size", default=4)
    ids = tokens(config)

    def blank(*shape: int) -> Tensor:
        return torch.zeros(*shape)  # which costs nothing until it is read; what is recorded does not depend on values

    base: dict = {}
    choices: list[dict] = []
    if "grid_thw" in wanted or ("image_grid_thw" in wanted and "input_ids" not in wanted):
        temporal = _size(config, "temporal_patch_size", "patch_temporal", default=1)
        flat = channels * temporal * patch * patch
        grid = {"grid_thw": torch.tensor([[1, 8, 8]])}
        first = next(iter(wanted))
        choices += [{first: blank(64, flat), **grid}, {first: blank(64, channels * patch * patch), **grid}]
        choices += [{first: blank(1, 64, flat), **grid}, {first: blank(64, channels, patch, patch), **grid}]
    images = [n for n in wanted if n in ("pixel_values", "pixel_values_images")]
    if "input_ids" in wanted:
        base["input_ids"] = ids
    if "decoder_input_ids" in wanted:
        base["decoder_input_ids"] = ids[:, 1:]
    if "bbox" in wanted:
        corner = torch.arange(ids.shape[1]) * 10 + 5
        base["bbox"] = torch.stack((corner, corner + 1, corner + 4, corner + 3), -1)[None]
    if images:
        name = images[0]
        shapes = [(1, channels, high, wide)]
        if "interpolate_pos_encoding" not in wanted:
            shapes += [(1, channels, 256, 256), (1, channels, 512, 512)]
        shapes += [(1, 2, channels, size, size), (1, frames, channels, size, size), (1, channels, frames, size, size)]
        shapes += [(1, 64, channels * patch * patch), (64, channels * patch * patch), (1, 1, size, size)]
        extra = [{}, {"pixel_mask": torch.ones(1, size, size, dtype=torch.long)}]
        if "spatial_shapes" in wanted:
            extra.insert(0, {"spatial_shapes": torch.tensor([[8, 8]]), "pixel_attention_mask": torch.ones(1, 64)})
            extra.insert(1, {"spatial_shapes": torch.tensor([[8, 8]]), "attention_mask": torch.ones(1, 64)})
        for more in ("grid_hws", "image_grid_hws", "image_sizes", "target_sizes", "image_position_ids"):
            if more in wanted:
                cells = [size // patch] * 2 if "target" in more else [8, 8] if "grid" in more else [size, size]
                value = torch.tensor([cells])
                extra.insert(0, {more: value})
        if "pixel_position_ids" in wanted:
            cells = torch.stack(torch.meshgrid(torch.arange(12), torch.arange(12), indexing="xy"), -1).reshape(
                1, 144, 2
            )
            choices.append({name: blank(1, 144, channels * patch * patch), "pixel_position_ids": cells})
        if "input_ids" in wanted:
            choices.append({})
        for more in extra:
            choices += [{name: blank(*shape), **more} for shape in shapes]
    if "pixel_values_videos" in wanted and not images:
        choices += [{"pixel_values_videos": blank(1, frames, channels, size, size)}]
    if "flattened_patches" in wanted:
        flat = blank(1, 16, 2 + patch * patch * channels)
        flat[..., 0], flat[..., 1] = torch.arange(16) // 4 + 1, torch.arange(16) % 4 + 1
        choices.append({"flattened_patches": flat})
    if "input_features" in wanted or "input_values" in wanted or "audio_values" in wanted or "spectrogram" in wanted:
        name = next(n for n in ("input_features", "input_values", "audio_values", "spectrogram") if n in wanted)
        longest = _size(config, "max_source_positions", "n_ctx", default=0)
        shapes = [(1, 8000), (1, 128, mels), (1, mels, 2 * longest or 128), (1, mels, 128), (1, 1, 8000)]
        if name == "input_features":
            shapes = [(1, mels, 2 * longest or 128), (1, 128, mels), (1, mels, 128), (128, mels), (1, 1, 1024, mels)]
        if name == "input_values":
            shapes = [(1, 8000), (1, 1024, mels), (1, 1, 8000), (1, 128, mels)]
        masks: list[dict] = [{}]
        if "attention_mask" in wanted:
            masks.append({"attention_mask": None})
        if "feature_lens" in wanted:
            choices.append({name: blank(mels, 200), "feature_lens": torch.tensor([200])})
        choices += [{name: blank(*shape), **mask} for shape in shapes for mask in masks[:1]]
        choices += [{name: blank(*shape), "attention_mask": torch.ones(1, max(shape), dtype=torch.long)}
                    for shape in shapes if "attention_mask" in wanted]  # fmt: skip
    if "inputs_embeds" in wanted and "input_ids" not in wanted:
        choices += [{"inputs_embeds": blank(1, TOKENS, width)}]
    if "hidden_states" in wanted and _size(config, "input_dim"):
        choices += [{"hidden_states": blank(1, 64, _size(config, "input_dim"))}]
    if "hidden_states" in wanted:
        choices += [{"hidden_states": blank(1, TOKENS, width)}]
    if "past_values" in wanted:
        length = _size(config, "context_length", default=32)
        series = _size(config, "num_input_channels", "input_size", default=1)
        lags = max(getattr(config, "lags_sequence", None) or [0])
        past = {"past_values": blank(1, length + lags, series)}
        if series == 1 and "num_input_channels" not in vars(config):
            past = {"past_values": blank(1, length + lags)}
        full = dict(past)
        if "past_time_features" in wanted:
            full["past_time_features"] = blank(1, length + lags, _size(config, "num_time_features", default=0))
            full["past_observed_mask"] = torch.ones_like(past["past_values"])
        choices += [full, past, {"past_values": blank(1, length)}]
    if base or not choices:
        choices.append({})
    if type(model).__name__ in ASKED:
        yield {**base, **ASKED[type(model).__name__](config)}
    required = [
        n for n, p in wanted.items() if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]
    for choice in choices:
        given = {**base, **choice}
        missing = [n for n in required if n not in given]
        if not missing:
            yield given
    if "input_ids" in wanted and "inputs_embeds" in wanted:
        yield {"inputs_embeds": blank(1, TOKENS, width), **{k: v for k, v in base.items() if k != "input_ids"}}
    for choice in choices:
        given = {**base, **choice}
        missing = [n for n in required if n not in given]
        if missing:
            guesses = {n: blank(1, TOKENS, width) for n in missing if "embed" in n or "states" in n}
            ones = {n: torch.ones(1, TOKENS, dtype=torch.long) for n in missing if "mask" in n}
            if len(guesses) + len(ones) == len(missing):
                yield {**given, **guesses, **ones}
