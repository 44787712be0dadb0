"""From what a forward pass did to the record of each attention in it."""

import math
import re

import torch
from torch import Tensor, nn

from snippets.data.record_atlas import biases, rotations, sinusoids
from snippets.data.record_atlas.watching import Call, Lookup, Seen

LAYER = re.compile(r"\.(\d+)(?=\.|$)")


def exact(number: float, digits: int = 4) -> float | int:
    """Rounded to so many significant digits, as an integer where it is one."""
    if number == 0 or not math.isfinite(number):
        return 0
    rounded = float(f"{number:.{digits}g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def governed(where: str, attentions: list[str]) -> list[str]:
    """The attentions that something at ``where`` belongs to: those around it, else those of the nearest ancestor."""
    around = [path for path in attentions if where == path or where.startswith(path + ".")]
    if around:
        return [max(around, key=len)]
    while where:
        below = [path for path in attentions if path.startswith(where + ".")]
        if below:
            return below
        where = where.rpartition(".")[0]
    return attentions


def is_run(indices: Tensor) -> int | None:
    """First index of a run of consecutive ones of at least four, else None."""
    flat = indices.reshape(-1, indices.shape[-1])[-1] if indices.dim() else indices.reshape(1)
    if flat.is_floating_point() or len(flat) < 4:
        return None
    return int(flat[0]) if bool((flat.diff() == 1).all()) else None


def by_distance(indices: Tensor) -> bool:
    """Whether a matrix of indices depends on the difference of row and column, and does so."""
    grid = indices
    while grid.dim() > 2:
        grid = grid[0]
    if grid.dim() != 2 or min(grid.shape) < 4:
        return False
    same = all(bool((grid.diagonal(k) == grid.diagonal(k)[0]).all()) for k in (-1, 0, 1, 2))
    return same and bool((grid != grid[0, 0]).any())


def rotation(call: Call, places: list | None = None) -> dict | None:
    """The record of one call of a rotating function; None if it turned nothing."""
    try:
        for place, at in rotations.turned(call) if places is None else places:
            record = _rotation(rotations.map_of(call, place, at), call)
            if record:
                return record
    except Exception:  # a function that cannot be called again turns nothing that could be read
        return None
    return None


def _rotation(turn: Tensor, call: Call) -> dict | None:
    planes = rotations.pairs_of(turn)
    size = turn.shape[-1]
    if planes is None:
        return {"function": call.name, "layout": "no planes", "channels": size}
    if not planes:
        return None
    read, written = [r for r, _ in planes], [w for _, w in planes]
    angle, length, wrong = rotations.angles_of(turn, planes)
    moving = [i for i in range(len(planes)) if float((angle[:, i] - angle[0, i]).abs().max()) > 0]
    if not moving:
        return None
    step = rotations.steps(angle)
    ordered = sorted(range(len(planes)), key=lambda i: read[i][0])
    turned = sorted(c for i in moving for c in read[i])
    record: dict = {
        "function": call.name,
        "layout": rotations.layout(read, size),
        "channels": size,
        "turned": len(turned),
        "range": rotations.spans(turned),
    }
    if rotations.layout(written, size) != record["layout"]:
        record["written"] = rotations.layout(written, size)
    record["rotation"] = wrong < 1e-4 * float(length.max())
    lengths = length.max()
    record["factor"] = exact(float(lengths), 5)
    signs = step[torch.tensor(moving)]
    visible = signs[signs.abs() > 0]
    record["sign"] = 1 if bool((visible > 0).all()) else -1 if bool((visible < 0).all()) else 0
    record["speeds"] = [float(step[i]) for i in ordered]
    record["firsts"] = [read[i][0] for i in ordered if i in moving]
    record["moving"] = [i in moving for i in ordered]
    return record


def stack_of(path: str) -> str:
    """What stands before the number of a layer: encoder.block of encoder.block.3.layer.0."""
    return re.split(r"\.\d+(?:\.|$)", path)[0]


def rows(lookup: Lookup) -> tuple[int, int]:
    return lookup.weight.shape[0], lookup.weight.shape[1]


def heads_of(module: nn.Module) -> int | None:
    names = ("num_heads", "num_attention_heads", "n_heads", "n_head", "heads", "num_attn_heads")
    for name in names:
        value = getattr(module, name, None)
        if type(value) is int:
            return value
    return None


def _table(name: str, weight: Tensor, offset: int) -> dict:
    found = sinusoids.describe(weight[offset : offset + 16]) if weight.dim() == 2 else None
    if found:
        return {"kind": "sinusoids", "weight": name, "rows": weight.shape[0], "offset": offset, **found}
    return {"kind": "learned table", "weight": name, "rows": weight.shape[0], "offset": offset}


BIAS = re.compile(r"bias_table|relative_(position_|attention_)?bias|attention_biases|rel_pos(_[xy])?_bias")


def foreign(model: nn.Module, attentions: list[str]) -> list[str]:
    """Paths of parts that are models of another folder, such as a backbone: their positions are in its record."""
    folder = type(model).__module__.rpartition(".")[0]
    paths = [
        path
        for path, each in model.named_modules()
        if "PreTrainedModel" in {parent.__name__ for parent in type(each).__mro__}
        and not type(each).__module__.startswith(folder + ".")
    ]
    return [path for path in paths if not any(each.startswith(path + ".") for each in attentions)]


def mechanisms(seen: Seen, model: nn.Module, attentions: list[str]) -> dict[str, list[dict]]:
    """What each attention (by path) got: a list of mechanisms."""
    found: dict[str, list[dict]] = {path: [] for path in attentions}
    by_path = dict(model.named_modules())
    others = foreign(model, attentions)

    def theirs(where: str) -> bool:
        return any(f"{where}.".startswith(f"{path}.") for path in others)

    def add(where: str, record: dict) -> None:
        if theirs(where):
            return
        for path in governed(where, attentions):
            if record not in found[path]:
                found[path].append(record)

    memory: dict[tuple, dict | None] = {}
    linear: dict[tuple, list] = {}
    for call in seen.calls:
        shapes = (call.name, tuple(tuple(v.shape) for v in call.args if isinstance(v, Tensor)), tuple(call.kwargs))
        if shapes not in linear:
            try:
                linear[shapes] = rotations.turned(call)
            except Exception:
                linear[shapes] = []
        key = _signature(call, {place for place, _ in linear[shapes]})
        if key not in memory:
            memory[key] = rotation(call, linear[shapes])
        record = memory[key]
        if record:
            add(call.where, {"kind": "rotation", **record})
    used: set[str] = set()
    for lookup in seen.lookups:
        named = bool(re.search(r"pos|rel|distance|bias|row_emb|col_emb|time_emb|wpe", lookup.name))
        plain = re.sub(r"\.(\d+)\.", ".*.", lookup.name)
        count, width = rows(lookup)
        if theirs(lookup.where):
            continue
        if by_distance(lookup.indices) and lookup.indices.max() < count and named:
            around = by_path.get(governed(lookup.where, attentions)[0])
            heads = heads_of(around) if around is not None else None
            kind = "bias by distance" if width == heads else "vectors by distance"
            scope = stack_of(lookup.where)
            names = {x.name for x in seen.lookups if by_distance(x.indices) and stack_of(x.where) == scope}
            record = {"kind": kind, "weight": plain, "rows": count}
            record |= _buckets(seen, lookup.where, lookup.name)
            mine = governed(lookup.where, attentions)
            if len(names) == 1 and kind == "bias by distance":
                record["shared"] = True
                beside = [p for p in attentions if stack_of(p) == scope and p.split(".")[-1] == mine[0].split(".")[-1]]
                mine = beside or mine
            for path in mine:
                if record not in found[path]:
                    found[path].append(record)
            used.add(lookup.name)
            continue
        first = is_run(lookup.indices)
        if first is not None and lookup.name not in used and count > 4 and "global" not in lookup.name:
            used.add(lookup.name)
            add(lookup.where, _table(plain, lookup.weight.detach(), first))
        elif named and lookup.name not in used and count > 4:
            used.add(lookup.name)
            flat = lookup.indices.reshape(-1)
            if BIAS.search(lookup.name):
                add(lookup.where, {"kind": "bias by distance", "weight": plain, "rows": count})
                continue
            add(lookup.where, {"kind": "learned table", "weight": plain, "rows": count, "offset": int(flat.min())})
    for name, (weight, where, _) in sorted(seen.weights.items()):
        plain = re.sub(r"\.(\d+)\.", ".*.", name)
        if name in used or re.search(r"inv_freq|position_ids|position_index|rel_pos_const", name):
            continue
        record = _weight(plain, name, weight)
        if record["kind"] in ("bias by distance", "vectors by distance"):
            record |= _buckets(seen, where, name)
        add(where, record)
    for path, (each, _args, _kwargs, out) in sorted(seen.modules.items()):
        kind = type(each).__name__
        if re.search(r"Conv", kind):
            add(path, {"kind": "convolution", "class": kind})
            continue
        record = _output(kind, out)
        if record:
            add(path, record)
    for name, (where, out) in seen.made.items():
        record = _output("", out)
        if record and record["kind"] == "module":
            record = {"kind": "sinusoids"}  # by the name of the function; of two axes, or not of consecutive positions
        if record:
            record.pop("class", None)
            add(where, {**record, "function": name})
    for name, (where, out) in seen.alibi.items():
        add(where, _alibi(name, out))
    distances = {"bias by distance", "vectors by distance"}
    if seen.buckets and not any(r["kind"] in distances for what in found.values() for r in what):
        where, call = next(iter(seen.buckets.items()))  # rows made from the query by a linear layer
        for path in governed(where, attentions):
            if "self" in path:
                asked = biases.buckets(call)
                found[path].append({"kind": "vectors by distance", "function": call.name, "buckets": asked})
    for path, records in found.items():
        if any(record["kind"] == "rotation" for record in records):  # angles that are kept in the attention
            inside = re.sub(r"\.(\d+)\.", ".*.", path) + "."
            found[path] = [r for r in records if r["kind"] != "sinusoids" or not r.get("weight", "").startswith(inside)]
    return found


def _buckets(seen: Seen, where: str, name: str) -> dict:
    """The buckets of a table, from the function of buckets that was called in its module or around it."""
    if re.search(r"_[xy](_|\.|$)|vertical|horizontal|row|col", name):
        return {}  # of an axis of the page, whose buckets are others
    while where and where not in seen.buckets:
        where = where.rpartition(".")[0]
    found = biases.buckets(seen.buckets[where]) if where in seen.buckets else None
    return {"buckets": found} if found else {}


def _signature(call: Call, turned: set) -> tuple:
    """What tells apart calls that turn by other angles: everything but the values that are turned."""
    parts: list = [call.name]
    for place, value in (*enumerate(call.args), *call.kwargs.items()):
        if isinstance(value, Tensor):
            flat = torch.view_as_real(value) if value.is_complex() else value
            parts.append((tuple(value.shape), None if place in turned else float(flat.double().sum())))
        elif isinstance(value, nn.Module):
            parts.append(id(value))
        elif isinstance(value, (int, str, bool, type(None))):
            parts.append(value)
    return tuple(parts)


def _weight(plain: str, name: str, weight: Tensor) -> dict:
    shape = list(weight.shape)
    if not isinstance(weight, nn.Parameter):
        return _buffer(plain, weight)
    if BIAS.search(name):
        return {"kind": "bias by distance", "weight": plain, "rows": shape[0]}
    if re.search(r"rel_pos_(h|w|t)", name):
        return {"kind": "vectors by distance", "weight": plain, "rows": shape[0]}
    if re.search(r"pos_bias_u|pos_bias_v|r_w_bias|r_r_bias|r_s_bias|bias_u|bias_v|r_r|r_w", name):
        return {"kind": "transformer-xl", "weight": plain}
    if re.search(r"rel", name):
        return {"kind": "vectors by distance", "weight": plain, "rows": shape[-2] if len(shape) > 1 else shape[0]}
    body = _rows(weight)
    found = sinusoids.describe(body) if body.dim() == 2 else None
    if found:  # some models keep sinusoids as weights that are not trained
        return {"kind": "sinusoids", "weight": plain, "rows": body.shape[0], "offset": 0, **found}
    count = body.shape[0] if body.dim() == 2 else math.prod(body.shape[:-1])
    return {"kind": "learned table", "weight": plain, "rows": count, "offset": 0}


def _rows(weight: Tensor) -> Tensor:
    body = weight.detach()
    while body.dim() > 2 and body.shape[0] == 1:
        body = body[0]
    return body


def _buffer(plain: str, weight: Tensor) -> dict:
    body = _rows(weight)
    found = sinusoids.describe(body) if body.dim() == 2 and body.is_floating_point() else None
    if found:
        return {"kind": "sinusoids", "weight": plain, "rows": body.shape[0], "offset": 0, **found}
    return {"kind": "buffer", "weight": plain}


def _output(kind: str, out) -> dict | None:
    """What a positional module hands out, where that is sinusoids."""
    if isinstance(out, (tuple, list)):  # such as the input beside its positions
        inside = [_output(kind, each) for each in out if isinstance(each, Tensor)]
        known = [each for each in inside if each and each["kind"] == "sinusoids" and "layout" in each]
        return next(iter(known or inside), None)
    if not isinstance(out, Tensor) or not out.is_floating_point() or re.search("Rot|Rope|RoPE", kind):
        return None
    body = out.detach()
    for part in (body, body.transpose(0, 1) if body.dim() > 2 else body):
        flat = part
        while flat.dim() > 2:
            flat = flat[0]
        found = sinusoids.describe(flat) or sinusoids.describe(flat.flip(0))
        if found:
            return {"kind": "sinusoids", "class": kind, **found}
    if re.search("Sine|Sinus", kind):
        return {"kind": "sinusoids", "class": kind}  # by its name; of two axes, or not of consecutive positions
    return {"kind": "module", "class": kind}


def _alibi(name: str, out) -> dict:
    record: dict = {"kind": "alibi", "function": name}
    if isinstance(out, Tensor):
        body = out.detach().double().squeeze()
        if body.dim() == 1:
            record["slopes"] = [exact(float(each), 3) for each in body[:4]]
        if body.dim() >= 2:
            while body.dim() > 2:
                body = body.select(1, -1) if body.dim() == 3 else body[0]
            slopes = (body[:, 2] - body[:, 1]).abs()
            record["slopes"] = [exact(float(each), 3) for each in slopes[:4]]
    return record


def order(paths: list[str]) -> list[str]:
    """Paths in the order of their layers."""
    return sorted(paths, key=lambda path: [int(n) for n in LAYER.findall(path)])
