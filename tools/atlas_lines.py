"""The lines that make a scheme file of the site do what the atlas recorded of an attention.

They are made from the record alone: where it does not hold enough, or no file does the same, there are none. A test
runs all of them and compares channels, speeds, rows and slopes with the record.
"""

import json
import math
from collections.abc import Iterator

ROPE = "from snippets.schemes.rope import "
BETAS = {"beta_slow": 1, "beta_fast": 32}  # what transformers takes where the configuration has none
LENGTH = "original_max_position_embeddings"
NEEDED = {  # fields of the record without which there are no lines
    "rotation": {"layout", "channels", "turned", "range", "rotation", "factor", "sign", "base", "exponents_over"},
    "learned table": {"rows", "offset"},
    "sinusoids": {"layout", "first", "spacing", "fastest"},
    "alibi": {"slopes"},
}


def lines(family: dict) -> list[tuple[list[str], str]]:
    """Each piece of code once, with the places of the family's attentions that it is for."""
    found: dict[str, list[str]] = {}
    for attention in family["attentions"]:
        for group in attention.get("groups", []):
            place = attention.get("at", attention["class"])
            if "layers" in group:
                place += f" {ranges(group['layers'])}"
            for what in group["positions"]:
                if code := of(what, attention):
                    places = found.setdefault(code, [])
                    places += [place] if place not in places else []
    return [(places, code) for code, places in found.items()]


def ranges(spans: list[list[int]]) -> str:
    """Ranges as one reads them: 0-2, 4, 6-9."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def of(what: dict, attention: dict) -> str | None:
    """The lines for one way in which positions enter an attention."""
    makers = {"rotation": _rotation, "learned table": _learned, "sinusoids": _sinusoids, "alibi": _alibi}
    maker = makers.get(what["kind"])
    return maker(what, attention) if maker and NEEDED[what["kind"]] <= set(what) else None


def whole(what: dict, attention: dict) -> int | None:
    """Channels of the head that a rotation stands in; None where the record does not say."""
    head = attention.get("head")
    return max(head, what["channels"]) if head and "channels" in what else None


def is_axial(what: dict, attention: dict) -> bool:
    """Whether the pairs of a rotation share two axes."""
    types = {part["rope_type"] for part in attention.get("stretch", {}).values()}
    return "pairs_from_one_to_the_next" in what or "axial" in types


def axes(what: dict) -> dict[str, list[list[int]]]:
    """M-RoPE: the pairs that each row of positions turns; empty where one row turns all."""
    rows = what.get("pairs_by_row_of_positions", {})
    return rows if len(rows) > 1 else {}


def _learned(what: dict, attention: dict) -> str:
    shift = f" + {what['offset']}" if what["offset"] else ""
    return (
        "from snippets.schemes.learned import LearnedPositions\n\n"
        f"table = LearnedPositions({what['rows']}, x.shape[-1])\n"
        f"x = table(x, positions{shift})"
    )


def _sinusoids(what: dict, attention: dict) -> str | None:
    """Rows of distances, which fall, belong to other schemes; the other spacing has no file."""
    ours = what["spacing"] == "d/2" and what["first"] == "sin" and what["fastest"] == 1
    if not ours or what.get("descending") or what["layout"] not in ("halves", "interleaved"):
        return None
    first = what.get("first_position", 0)
    shift = f" + {first}" if first else ""
    if what["layout"] == "interleaved":
        return f"from snippets.schemes.sinusoidal import add_sinusoidal\n\nx = add_sinusoidal(x, positions{shift})"
    return (
        "from snippets.layouts import halves_order\n"
        "from snippets.schemes.sinusoidal import add_sinusoidal\n\n"
        f"rows = add_sinusoidal(0 * x, positions{shift})\n"
        "x = x + rows[..., halves_order(x.shape[-1])]"
    )


def _alibi(what: dict, attention: dict) -> str:
    heads = round(-8 / math.log2(what["slopes"][0]))
    return (
        f"from snippets.schemes.alibi import alibi_bias\n\nscores = scores + alibi_bias(positions, positions, {heads})"
    )


def _rotation(what: dict, attention: dict) -> str | None:
    if not what["rotation"] or what["sign"] == 0:
        return None
    turned, made = what["turned"], _turns(what, attention)
    if made is None:
        return None
    imports, turns = made
    if is_p_rope(what):
        halves, start, size = True, 0, what["channels"]
    elif what["layout"] in ("halves", "neighbours") and len(what["range"]) == 1:
        halves, start, size = what["layout"] == "halves", what["range"][0][0], turned
    else:
        return None
    if "in_head" in what:
        if len(what["in_head"]) != 1:
            return None
        start += what["in_head"][0][0]
    head = whole(what, attention) or max(what["channels"], start + size)
    if start + size > head:  # another kind of layer has heads of another size
        return None
    rotate, file = ("rotate_halves" if halves else "rotate"), "rope"
    if start == 0 and size < head:
        rotate, file = f"partial_{rotate}", "partial_rope"
    imports.setdefault(file, []).append(rotate)
    factor = what["factor"]
    if factor != 1:
        turns.append(f"turns = {factor:g} * turns")
    if start:
        turns.append(f"part = slice({start}, {start + size})")
        turns += [f"{x}[..., part] = {rotate}({x}[..., part], turns)" for x in "qk"]
    else:
        turns.append(f"q, k = {rotate}(q, turns), {rotate}(k, turns)")
    written = [f"from snippets.schemes.{name} import {', '.join(sorted(names))}" for name, names in imports.items()]
    return "\n".join([*sorted(written), "", *turns])


def _turns(what: dict, attention: dict) -> tuple[dict[str, list[str]], list[str]] | None:
    """What is imported from which scheme, and the lines that make ``turns``."""
    positions = "-positions" if what["sign"] < 0 else "positions"
    if is_axial(what, attention):
        half = what["turned"] // 2
        by_column = what.get("pairs_from_one_to_the_next")
        if what["sign"] < 0 or by_column != [[half // 2, half - 1]] or what["exponents_over"] != half:
            return None
        speeds = f"theta = axial_frequencies({what['turned']}, base={what['base']})"
        return {"rope_2d": ["axial_frequencies", "rotations_2d"]}, [
            speeds,
            "turns = rotations_2d(rows, columns, theta)",
        ]
    speeds = _speeds(what, attention)
    if speeds is None:
        return None
    file, name, call = speeds
    imports = {file: [name]}
    if rows := axes(what):
        sections = _sections(rows, what["turned"] // 2)
        if sections is None or what["sign"] < 0:
            return None
        counts, order = sections
        imports["m_rope"] = ["m_rope_rotations", *([order] if order == "interleaved" else [])]
        more = ", interleaved" if order == "interleaved" else ""
        return imports, [f"theta = {call}", f"turns = m_rope_rotations(ids, theta, {counts}{more})"]
    imports.setdefault("rope", []).append("rotations")
    return imports, [f"theta = {call}", f"turns = rotations({positions}, theta)"]


def is_p_rope(what: dict) -> bool:
    """Whether the slow pairs of a whole head in halves stand still."""
    half, pairs = what.get("channels", 0) // 2, what.get("turned", 0) // 2
    return what.get("layout") == "halves" and what.get("range") == [[0, pairs - 1], [half, half + pairs - 1]]


def is_decoupled(what: dict) -> bool:
    """Whether a part of each head is turned on its own and joined behind the rest, as in latent attention (MLA)."""
    return any(first > 0 for first, _ in what.get("in_head", []))


def _speeds(what: dict, attention: dict) -> tuple[str, str, str] | None:
    """File, function and call that give the speeds."""
    base, turned = what["base"], what["turned"]
    if is_p_rope(what):
        if what["exponents_over"] != what["channels"]:
            return None
        share = f"{turned / what['channels']:g}"
        return (
            "proportional_rope",
            "p_rope_frequencies",
            f"p_rope_frequencies({what['channels']}, {share}, base={base})",
        )
    if what["exponents_over"] != turned:
        return None
    if "base_from" not in what:
        return "rope", "frequencies", f"frequencies({turned}, base={base})"
    fitting = [part for part in attention.get("stretch", {}).values() if part.get("rope_theta") == base]
    if len(fitting) != 1:
        return None
    part = fitting[0]
    match part["rope_type"]:
        case "yarn":
            betas = {name: part.get(name, usual) for name, usual in BETAS.items()}
            more = "" if part.get("truncate", True) else ", truncate=False"
            call = (
                f"yarn_frequencies(\n    {turned}, scale={part['factor']:g}, trained={part[LENGTH]}, base={base},\n"
                f"    alpha={betas['beta_slow']:g}, beta={betas['beta_fast']:g}{more},\n)"
            )
            return "yarn", "yarn_frequencies", call
        case "llama3":
            call = (
                f"llama3_frequencies(\n    {turned}, base={base}, scale={part['factor']:g}, "
                f"low={part['low_freq_factor']:g}, high={part['high_freq_factor']:g},\n    trained={part[LENGTH]},\n)"
            )
            return "llama3_scaling", "llama3_frequencies", call
        case "linear":
            call = f"interpolated_frequencies({turned}, {part['factor']:g}, base={base})"
            return "position_interpolation", "interpolated_frequencies", call
    return None


def _sections(rows: dict[str, list[list[int]]], pairs: int) -> tuple[tuple[int, ...], str] | None:
    """Pairs of time, row and column, and how they are dealt: "chunked" or "interleaved"."""
    if list(rows) != ["0", "1", "2"]:
        return None
    owner = {pair: int(row) for row, spans in rows.items() for first, last in spans for pair in range(first, last + 1)}
    counts = tuple(sum(last - first + 1 for first, last in spans) for spans in rows.values())
    if sorted(owner) != list(range(pairs)) or sum(counts) != pairs:
        return None
    found = [owner[pair] for pair in range(pairs)]
    if found == sorted(found):
        return counts, "chunked"
    dealt = [0] * pairs
    for axis in (1, 2):
        dealt[axis : 3 * counts[axis] : 3] = [axis] * len(dealt[axis : 3 * counts[axis] : 3])
    return (counts, "interleaved") if found == dealt else None


def record(what: dict, depth: int = 0) -> Iterator[str]:
    """A record in lines, one field a line; what holds records is indented."""
    pad = "  " * depth
    for name, value in what.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                yield f"{pad}{name}:"
                yield from record(each, depth + 1)
        else:
            yield f"{pad}{name}: {_written(value)}"


def _written(value) -> str:
    """A value as one reads it: ranges as ``ranges`` says them, lists of words without their signs."""
    match value:
        case str():
            return value
        case [[int(), int()], *_] if all(len(span) == 2 for span in value):
            return ranges(value)
        case [str(), *_]:
            return ", ".join(value)
    return json.dumps(value)
