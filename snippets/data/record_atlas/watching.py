"""What a forward pass uses of positions: functions that rotate, rows that are looked up, tables that are added."""

import functools
import inspect
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

ROTATING = re.compile(r"rot(ary|ate)|rope(?!n)|rope$", re.IGNORECASE)
NO_ROTATION = re.compile(r"compute|default|index|get_|half|every_two|pairwise|convert|init|update|standardize|prepare")
POSITIONAL_CLASS = re.compile(
    r"Pos(?!t|e\b|ing)[A-Z_a-z]*(Emb|Enc|Bias|Conv|Sine|2D|1D|ition)|Position|Sinus|Relative|RelPos|Alibi|Rotary|Rope|RoPE"
)
POSITIONAL_WEIGHT = re.compile(
    r"pos(?!t|sib|e_|e$|itive)|rel(?!u|ation_head)|distance|(row|col|column|height|width|time|temporal)_?(emb|embed)"
    r"|bias_table|r_w_bias|r_r_bias|attention_biases|bias_u|bias_v|freqs|\bpe\b|\.wpe\.",
)
SINUSOIDAL = re.compile(r"sinus|sine_|positional_encoding|timing_signal|positional_embedding$")
ALIBI = re.compile(r"alibi", re.IGNORECASE)
BUCKETS = re.compile(r"relative_positions?_bucket|make_log_bucket|compute_relative_buckets|^_position_bucket")
SOFTMAX = {torch.softmax, torch.Tensor.softmax, nn.functional.softmax}


@dataclass
class Call:
    """One call of a function that may rotate."""

    function: Callable
    name: str
    args: list
    kwargs: dict
    where: str


@dataclass
class Lookup:
    """One lookup of rows: name of the weight, indices, where."""

    name: str
    weight: Tensor
    indices: Tensor
    where: str


@dataclass
class Seen:
    """Everything that one forward pass did."""

    calls: list[Call] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    weights: dict[str, tuple[Tensor, str, set[str]]] = field(default_factory=dict)
    modules: dict[str, tuple[nn.Module, tuple, dict, object]] = field(default_factory=dict)
    alibi: dict[str, tuple[str, object]] = field(default_factory=dict)
    made: dict[str, tuple[str, object]] = field(default_factory=dict)
    attended: dict[str, dict] = field(default_factory=dict)
    buckets: dict[str, Call] = field(default_factory=dict)
    scores: dict[str, Tensor] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)


def positional(name: str) -> bool:
    """Whether the name of a weight says that it is about positions: its own name, or that of the module it is in."""
    whole = name.split(".")
    own = whole[-2] if whole[-1] in ("weight", "bias") and len(whole) > 1 else whole[-1]
    around = whole[-2] if len(whole) > 1 else ""
    return bool(POSITIONAL_WEIGHT.search(own) or own == "pe" or "pos_" in around or "position" in around)


def _copied(value):
    return value.detach().clone() if isinstance(value, Tensor) and value.numel() < 5_000_000 else value


class _Watch(TorchFunctionMode):
    def __init__(self, names: dict[int, tuple[str, Tensor]], stack: list[str], seen: Seen):
        super().__init__()
        self.names, self.stack, self.seen = names, stack, seen

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is nn.functional.embedding:
            given = dict(zip(("input", "weight"), args, strict=False)) | kwargs
            weight = given["weight"]
            name = self.names.get(id(weight), ("", weight))[0]
            if len(self.seen.lookups) < 4000:
                self.seen.lookups.append(Lookup(name, weight, given["input"].detach().clone(), self.stack[-1]))
        else:
            scores = next(iter(args), None) if func in SOFTMAX else None
            if isinstance(scores, Tensor) and scores.numel() < 5_000_000:
                self.seen.scores.setdefault(self.stack[-1], scores.detach().clone())
            for each in (*args, *kwargs.values()):
                inside = each if isinstance(each, (tuple, list)) else (each,)
                for value in inside:
                    if isinstance(value, Tensor) and id(value) in self.names:
                        name, kept = self.names[id(value)]
                        kind = getattr(func, "__name__", str(func))
                        if positional(name) and kind not in _QUIET:
                            self.seen.weights.setdefault(name, (kept, self.stack[-1], set()))[2].add(kind)
        return func(*args, **kwargs)


_QUIET = {"__get__", "dim", "size", "numel", "linear", "conv1d", "conv2d", "layer_norm", "group_norm"}


MARK = 7.25


def _marked(out, args):
    """Outputs that have the shape of an argument, with the mark everywhere."""
    shapes = {a.shape for a in args if isinstance(a, Tensor)}

    def one(value):
        same = isinstance(value, Tensor) and value.shape in shapes
        return torch.full_like(value, MARK) if same else value

    return tuple(one(each) for each in out) if isinstance(out, tuple) else one(out)


def _watched(function: Callable, name: str, stack: list[str], seen: Seen, busy: list[int], mark: bool) -> Callable:
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if busy:
            return function(*args, **kwargs)
        if len(seen.calls) < 3000:
            seen.calls.append(Call(function, name, [_copied(a) for a in args],
                                   {k: _copied(v) for k, v in kwargs.items()}, stack[-1]))  # fmt: skip
        busy.append(1)
        try:
            out = function(*args, **kwargs)
            return _marked(out, (*args, *kwargs.values())) if mark else out
        finally:
            busy.pop()

    return wrapper


def _attending(function: Callable, stack: list[str], seen: Seen) -> Callable:
    """Records what the attention function is given: sizes of heads and the factor of the scores."""

    @functools.wraps(function)
    def wrapper(module, query, key, value, *args, **kwargs):
        mask = args[0] if args else kwargs.get("attention_mask")
        scaling = kwargs.get("scaling", args[1] if len(args) > 1 else None)
        seen.attended[stack[-1]] = {
            "query": tuple(query.shape),
            "key": tuple(key.shape),
            "scaling": float(scaling) if scaling is not None else None,
            "marked": query[(0,) * (query.dim() - 1)].detach().clone(),
            "mask": tuple(mask.shape) if isinstance(mask, Tensor) else None,
        }
        return function(module, query, key, value, *args, **kwargs)

    return wrapper


@contextmanager
def watching(model: nn.Module, module: ModuleType, attention: set[type], mark: bool = False) -> Generator[Seen]:
    """Watches every forward of ``model``, whose code stands in ``module``, until the block ends.

    With ``mark``, functions that rotate hand out the number MARK, so that what they turned is found again.
    """
    seen, stack, busy = Seen(), [""], []
    names = {id(w): (n, w) for n, w in model.named_parameters(remove_duplicate=False)}
    names |= {id(w): (n, w) for n, w in model.named_buffers(remove_duplicate=False)}
    handles, undo = [], []

    def enter(path):
        def hook(*_):
            stack.append(path)

        return hook

    def leave(path, each):
        def hook(_, args, kwargs, out):
            while len(stack) > 1 and stack.pop() != path:
                pass
            seen.entered.add(path)
            if POSITIONAL_CLASS.search(type(each).__name__) and type(each) not in attention and path:
                seen.modules.setdefault(path, (each, args, kwargs, out))

        return hook

    for path, each in model.named_modules():
        handles.append(each.register_forward_pre_hook(enter(path)))
        handles.append(each.register_forward_hook(leave(path, each), with_kwargs=True))

    for owner in [module, *{type(each) for each in model.modules() if type(each).__module__ == module.__name__}]:
        for name, function in list(vars(owner).items()):
            plain = function.__func__ if isinstance(function, staticmethod) else function
            if not callable(plain) or inspect.isclass(plain):
                continue
            if name in ("eager_attention_forward",) and owner is module:
                setattr(owner, name, _attending(plain, stack, seen))
                undo.append((owner, name, function))
            elif ALIBI.search(name) and not name.startswith("__"):
                setattr(owner, name, _kept(function, plain, name, stack, seen.alibi))
                undo.append((owner, name, function))
            elif SINUSOIDAL.search(name) and "interpolate" not in name:
                setattr(owner, name, _kept(function, plain, name, stack, seen.made))
                undo.append((owner, name, function))
            elif BUCKETS.search(name):
                setattr(owner, name, _bucketed(function, plain, name, stack, seen))
                undo.append((owner, name, function))
            elif ROTATING.search(name) and not NO_ROTATION.search(name) and not isinstance(plain, nn.Module):
                wrapper = _watched(plain, name, stack, seen, busy, mark)
                setattr(owner, name, staticmethod(wrapper) if isinstance(function, staticmethod) else wrapper)
                undo.append((owner, name, function))
    try:
        with _Watch(names, stack, seen):
            yield seen
    finally:
        for handle in handles:
            handle.remove()
        for owner, name, function in undo:
            setattr(owner, name, function)


def _kept(function, plain, name, stack, store):
    """A function whose first output is kept under its name."""

    @functools.wraps(plain)
    def wrapper(*args, **kwargs):
        out = plain(*args, **kwargs)
        store.setdefault(name, (stack[-1], out))
        return out

    return staticmethod(wrapper) if isinstance(function, staticmethod) else wrapper


def _bucketed(function, plain, name, stack, seen):
    """A function whose first call in a module is kept, to be asked again for other distances."""

    @functools.wraps(plain)
    def wrapper(*args, **kwargs):
        seen.buckets.setdefault(stack[-1], Call(plain, name, list(args), kwargs, stack[-1]))
        return plain(*args, **kwargs)

    return staticmethod(wrapper) if isinstance(function, staticmethod) else wrapper
