"""Which folders of transformers have attention of their own, and in which classes."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import transformers
from torch import nn

MODELS = Path(transformers.__file__).parent / "models"
ATTENDS = re.compile(
    r"ALL_ATTENTION_FUNCTIONS|eager_attention_forward\(|scaled_dot_product_attention|nn\.MultiheadAttention\("
    r"|multi_head_attention_forward|[sS]oftmax(\.apply)?\("
)
NAMED = re.compile(r"att(?:n|ention)", re.IGNORECASE)
NOT_ATTENTION = re.compile(r"(Router|Gate|Loss|Head|Moe|MoE|Pooler|Experts|MoeBlock|Mlp|MLP)$")


def names() -> list[str]:
    """Folders that hold at least one modeling file, sorted."""
    return sorted({path.parent.name for path in MODELS.glob("*/modeling_*.py")})


def modules(folder: str) -> list[ModuleType]:
    """The modeling files of a folder, imported."""
    files = sorted((MODELS / folder).glob("modeling_*.py"))
    return [importlib.import_module(f"transformers.models.{folder}.{file.stem}") for file in files]


def sources(module: ModuleType) -> dict[str, str]:
    """The source of every class of a module, from one parse of its file."""
    text = Path(module.__file__ or "").read_text("utf-8")
    lines = text.splitlines()
    classes = [each for each in ast.parse(text).body if isinstance(each, ast.ClassDef)]
    return {each.name: "\n".join(lines[each.lineno - 1 : each.end_lineno]) for each in classes}


def attention_classes(module: ModuleType) -> dict[str, type]:
    """The classes of a modeling file that compute a softmax of products of their own: name -> class."""
    found, text = {}, sources(module)
    for name, each in vars(module).items():
        if not inspect.isclass(each) or not issubclass(each, nn.Module) or each.__module__ != module.__name__:
            continue
        if "PreTrainedModel" in {parent.__name__ for parent in each.__mro__} or NOT_ATTENTION.search(name):
            continue
        source = text.get(name, "")
        if ATTENDS.search(source) and (
            NAMED.search(name) or re.search(r"\bkeys?\b|\bkey_|k_proj|qkv|multihead", source, re.IGNORECASE)
        ):
            found[name] = each
    return found


def inherited(module: ModuleType, own: dict[str, type]) -> dict[str, type]:
    """Subclasses, in the same file, of attention classes: they attend by their parent's forward."""
    parents = tuple(own.values())
    return {
        name: each
        for name, each in vars(module).items()
        if inspect.isclass(each) and each.__module__ == module.__name__ and parents and issubclass(each, parents)
    }


def model_classes(module: ModuleType) -> list[type]:
    """Classes that can be built from a configuration: whole backbones first, then parts, then heads."""

    def rank(each: type) -> tuple:
        name = each.__name__
        heads = "For" in name or "Head" in name
        return (heads, not name.endswith("Model"), len(name), name)

    found = [
        each
        for each in vars(module).values()
        if inspect.isclass(each)
        and each.__module__ == module.__name__
        and any(parent.__name__ == "PreTrainedModel" for parent in each.__mro__)
        and not each.__name__.endswith("PreTrainedModel")
        and getattr(each, "config_class", None) is not None
    ]
    return sorted(found, key=rank)
