"""One folder: build its models, run them, and write down each kind of attention."""

import inspect
import math
import os
import re
import resource
import signal
import time
import warnings
from collections.abc import Iterator

import torch
from torch import nn
from transformers import initialization

from snippets.data.record_atlas import biases, building, folders, reading
from snippets.data.record_atlas.reading import exact
from snippets.data.record_atlas.rotations import fitted_base, spans
from snippets.data.record_atlas.watching import MARK, Seen, watching

SECONDS, FOLDER_SECONDS = 40, 150  # of the processor, so that a busy machine gives the same record
LARGEST = 400_000_000  # weights of a model that is run


MEMORY = 14 << 30  # bytes of address space of one folder


class TooLong(Exception):
    """A model took more time than it has."""


RANDOM = (
    "normal_", "uniform_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
)  # fmt: skip


def _fill(tensor: torch.Tensor, *_, **__) -> torch.Tensor:
    """In place of a random start: nothing that is recorded depends on it, and it takes most of the time."""
    with torch.no_grad():
        return tensor.fill_(0.01)


def _alarm(*_):
    raise TooLong("time limit")


def _built(model_class, config, plan: str):
    try:
        if "narrow" in plan:
            raise LookupError
        with torch.device("meta"):
            size = sum(weight.numel() for weight in model_class(config).parameters())
    except TooLong:
        raise
    except Exception:
        size = 0  # some models read their own weights while they are built; they are small
    if size > LARGEST:
        raise ValueError("too large to run")
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    return model_class(config).eval().float()


def runs(model_class, module, attention) -> tuple[nn.Module | None, Seen | None, str, dict]:
    """The first small model of a class that runs: (model, what was seen, how it was made, inputs), or the reason."""
    reason, late = "", 0
    for plan, config in building.configurations(
        model_class.config_class, widths="alibi" not in inspect.getsource(module)
    ):
        signal.signal(signal.SIGPROF, _alarm)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            model = _built(model_class, config, plan)
            for given in building.inputs(model, config):
                try:
                    with torch.no_grad(), watching(model, module, set(attention.values())) as seen:
                        model(**given)
                    return model, seen, plan, given
                except TooLong:
                    raise
                except Exception as error:
                    reason = reason or f"{type(error).__name__}: {error}"
            reason = reason or "no inputs known for its forward"
        except TooLong:
            reason, late = reason or f"time limit ({plan})", late + 1
            if late == 2:
                break
        except Exception as error:
            reason = reason or f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return None, None, " ".join(reason.split())[:160], {}


def kind_of(given: dict) -> str:
    """ "text", "vision", "audio", "series" or "multimodal", from the names of the inputs."""
    kinds = set()
    for name in given:
        if name in ("input_ids", "decoder_input_ids"):
            kinds.add("text")
        if re.search("pixel|patches|grid", name):
            kinds.add("vision")
        if re.search("input_features|input_values|audio|spectrogram", name):
            kinds.add("audio")
        if re.search("past_values", name):
            kinds.add("series")
    if "audio" in kinds and kinds == {"audio", "text"}:
        return "audio"
    if "vision" in kinds and kinds == {"vision", "text"}:
        return "multimodal"
    return next(iter(kinds)) if len(kinds) == 1 else "multimodal" if kinds else "other"


def _bases(config) -> list[float]:
    """Numbers of a configuration that may be bases of rotations."""
    found = []

    def look(value, name=""):
        if isinstance(value, dict):
            for key, each in value.items():
                look(each, key)
        elif type(value) in (int, float) and value >= 10 and re.search("theta|base|freq", name):
            found.append(value)

    for part in building.parts(config):
        for name, value in vars(part).items():
            look(value, name)
    return sorted(set(found)) or []


def _ropes(config) -> dict | None:
    found = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    return found if isinstance(found, dict) else None


def settle(record: dict, bases: list[float], head: int | None, ropes: dict | None) -> dict:
    """A rotation with its base in place of its speeds."""
    speeds, moving = torch.tensor(record.pop("speeds", [])), record.pop("moving", [])
    record.pop("firsts", None)
    if not len(speeds):
        return record
    running = speeds[torch.tensor(moving)]
    counts = [len(running), record["channels"] // 2, len(speeds), len(running) // 2, len(running) // 3]
    counts += [head // 2] if head else []
    counts = [count for count in dict.fromkeys([*counts, len(running) - 0.5]) if count]
    best: tuple | None = None
    for base in dict.fromkeys([*bases, 10000, 100, 1000000]):
        for count in counts:
            fit = fitted_base(running, count)
            error = abs(math.log(fit / base)) / math.log(base) if fit else 1
            if error < 0.004 and best is None:
                best = (error, base, count)
    if best is None:  # a stretch leaves the fastest pairs alone
        fits = [(fitted_base(running[:4], count), count) for count in counts]
        found = [(b, c) for b in bases for f, c in fits if f and abs(math.log(f / b)) < 0.004 * math.log(b)]
        if found:
            best = (0, *found[0])
            record["base_from"] = "the fastest pairs"
    fit = fitted_base(running, len(running))
    if best is None and fit:
        record["fitted_base"] = exact(fit, 3)
    if best:
        record.pop("fitted_base", None)
        record["base"], record["exponents_over"] = exact(best[1], 9), int(2 * best[2])
    if bool((running == 0).any()) and bool((running != 0).any()):
        record["pairs_from_one_to_the_next"] = spans(torch.nonzero(speeds != 0).flatten().tolist())
    return record


def pattern(path: str) -> str:
    """A path with * for the numbers of layers."""
    return re.sub(r"(?<=\.)\d+(?=\.|$)|^\d+", "*", path)


def place_in_head(model, module, attention, given) -> dict[str, list[int]]:
    """For each attention, the channels of a query that the rotating function has handed out."""
    try:
        with torch.no_grad(), watching(model, module, set(attention.values()), mark=True) as seen:
            model(**given)
    except Exception:
        return {}
    return {path: torch.nonzero(what["marked"] == MARK).flatten().tolist() for path, what in seen.attended.items()}


def by_axis(model, module, attention, given, seen: Seen) -> dict[str, list]:
    """Which pairs turn by which row of positions, where rotary modules are given three or four rows."""

    def rows_in(args, kwargs):
        for value in (*args, *kwargs.values()):
            whole = isinstance(value, torch.Tensor) and not value.is_floating_point() and value.dim() == 3
            if whole and value.shape[0] in (3, 4):
                return value.shape[0]
        return None

    rotary = {path: each for path, (each, args, kwargs, _) in seen.modules.items() if rows_in(args, kwargs)}
    if not rotary:
        return {}
    count = max(rows_in(args, kwargs) or 0 for _, args, kwargs, _ in seen.modules.values())
    found: dict[str, list] = {}
    for axis in range(count):

        def only(_, args, kwargs, axis=axis):
            def change(value):
                if isinstance(value, torch.Tensor) and not value.is_floating_point() and value.dim() == 3:
                    row = torch.zeros_like(value)
                    row[axis] = torch.arange(value.shape[-1])
                    return row
                return value

            return tuple(map(change, args)), {key: change(value) for key, value in kwargs.items()}

        handles = [each.register_forward_pre_hook(only, with_kwargs=True) for each in rotary.values()]
        try:
            with torch.no_grad(), watching(model, module, set(attention.values())) as again:
                model(**given)
            call = again.calls[0]
            what = reading.rotation(call)
            by = 2 if what and what["layout"] == "neighbours" else 1
            turned = spans([first // by for first in what["firsts"]]) if what else []
            found[str(axis)] = turned
        except Exception:
            return {}
        finally:
            for handle in handles:
                handle.remove()
    return found


def entries(
    model, seen: Seen, attention: dict[str, type], given: dict, plan: str, model_class, module
) -> Iterator[dict]:
    """A record for every class of attention that ran in a model."""
    kinds = tuple(attention.values())
    paths = [path for path, each in model.named_modules() if isinstance(each, kinds) and path in seen.entered]
    found = reading.mechanisms(seen, model, paths)
    by_path = dict(model.named_modules())
    rotates = any(r["kind"] == "rotation" for what in found.values() for r in what)
    axes = by_axis(model, module, attention, given, seen) if rotates else {}
    places = place_in_head(model, module, attention, given) if rotates else {}
    _biases(model, module, set(kinds), given, seen, found)
    default = building.default(model_class.config_class)
    for name, at in dict.fromkeys((type(by_path[path]).__name__, pattern(path)) for path in paths):
        mine = [path for path in paths if type(by_path[path]).__name__ == name and pattern(path) == at]
        mine = reading.order(mine)
        config = getattr(by_path[mine[0]], "config", None)
        if config is None or not hasattr(config, "to_dict"):
            config = default
        same = next((p for p in building.parts(default) if type(p) is type(config)), default)
        bases, ropes = _bases(same), _ropes(same)
        attended = next((seen.attended[p] for p in mine if p in seen.attended), None)
        head = attended["query"][-1] if attended else None
        groups: list[dict] = []
        numbers = [int((re.findall(r"(?:^|\.)(\d+)(?=\.|$)", path) or ["0"])[0]) for path in mine]
        if len(set(numbers)) < len(mine):
            numbers = list(range(len(mine)))
        for index, path in zip(numbers, mine, strict=True):
            what = [dict(record) for record in found[path]]
            what = [settle(r, bases, head, ropes) if r["kind"] == "rotation" else r for r in what]
            what = sorted(_distinct(what), key=str)
            what = [r for r in what if r["kind"] not in ("module", "buffer")] or what
            weights = {(r["kind"], r.get("layout")) for r in what if "weight" in r}
            what = [r for r in what if "weight" in r or (r["kind"], r.get("layout")) not in weights]
            match = next((g for g in groups if g["positions"] == what), None)
            if match:
                match["layers"].append(index)
            else:
                groups.append({"layers": [index], "positions": what})
        record = {
            "class": name,
            "at": at,
            "file": inspect.getfile(type(by_path[mine[0]])).rpartition("/")[2],
            "model": model_class.__name__,
            "kind": kind_of(given),
            "how": "run",
            "plan": plan,
            "places": len(mine),
            "numbers": spans(numbers),
            "groups": groups,
        }
        for group in groups:
            for what in group["positions"]:
                if what["kind"] == "rotation" and what.get("channels") and head and what["channels"] < head:
                    marked = places.get(mine[numbers.index(group["layers"][0])], [])
                    what["in_head"] = spans(marked) if len(marked) == what["channels"] else None
                if what["kind"] == "rotation" and axes:
                    what["pairs_by_row_of_positions"] = axes
            group["layers"] = spans(group["layers"])
        record["fewer_layers"] = building.depth(config) < building.depth(same)
        if head:
            record["head"] = head
        if head and attended and attended["scaling"] is not None:
            record["scaling"] = exact(attended["scaling"], 5)
            record["scaling_times_root"] = exact(attended["scaling"] * math.sqrt(head), 4)
            before = next(
                (getattr(by_path[mine[0]], n) for n in ("scaling", "scale") if hasattr(by_path[mine[0]], n)), 1
            )
            if attended["scaling"] == 1 and isinstance(before, float) and before != 1:
                record["scaling"], record["queries_scaled_before"] = exact(before, 5), True
                record["scaling_times_root"] = exact(before * math.sqrt(head), 4)
        if ropes:
            record["rope_parameters"] = ropes
        yield record


def _biases(model, module, kinds, given, seen: Seen, found: dict[str, list[dict]]) -> None:
    """Adds to the records of biases what the scores are given of them."""
    tables = {r["weight"] for what in found.values() for r in what if r["kind"] == "bias by distance"}
    for weight in sorted(tables):
        reached = biases.times(model, module, kinds, given, seen, weight)
        for path, what in found.items():
            for record in what:
                inside = next((n for at, n in reached.items() if f"{at}.".startswith(f"{path}.")), None)
                if record.get("weight") == weight and inside:
                    record["times"] = exact(inside, 3)
    if seen.alibi:
        factor = biases.alibi_times(model, module, kinds, given, seen)
        for record in (r for what in found.values() for r in what if r["kind"] == "alibi"):
            if factor:
                record["times"] = exact(factor, 3)


def _distinct(records: list[dict]) -> list[dict]:
    kept: list[dict] = []
    for record in records:
        if record not in kept:
            kept.append(record)
    return kept


def record(folder: str) -> dict:
    """The record of a folder: its attentions, or the reason why there is none."""
    warnings.filterwarnings("ignore")

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name in RANDOM:
        setattr(nn.init, name, _fill)
        initialization.TORCH_INIT_FUNCTIONS[name] = _fill
    start = time.process_time()
    done: dict[tuple, dict] = {}
    partly: dict[tuple, dict] = {}  # attentions of a part that no positions entered: the rest may bring them
    ran: set[str] = set()
    reasons: dict[str, str] = {}
    missing: list[str] = []
    try:
        modules = folders.modules(folder)
    except Exception as error:
        return {"folder": folder, "error": f"{type(error).__name__}: {error}"[:160]}
    for module in modules:
        own = folders.attention_classes(module)
        attention = {**folders.inherited(module, own), **own}
        missing += [name for name in own if name not in missing]
        for model_class in folders.model_classes(module):
            if ran.issuperset(own):
                break
            if time.process_time() - start > FOLDER_SECONDS:
                reasons[model_class.__name__] = "time limit"
                break
            left = [each for each in own if each not in ran and "Cross" not in each]
            if done and not left and re.search("For|Head", model_class.__name__):
                break  # heads on the same models
            try:
                model, seen, plan, given = runs(model_class, module, attention)
            except TooLong:  # it fell into the moments between two attempts
                model, seen, plan, given = None, None, "time limit", {}
            if model is None or seen is None:
                reasons[model_class.__name__] = plan
                continue
            for entry in entries(model, seen, attention, given, plan, model_class, module):
                if entry["kind"] == "other" and not any(group["positions"] for group in entry["groups"]):
                    partly.setdefault((entry["class"], entry["at"]), entry)
                elif entry["class"] not in ran or (entry["class"], entry["at"]) in done:
                    done.setdefault((entry["class"], entry["at"]), entry)
            ran |= {name for name, _ in done}
    for key, entry in partly.items():
        if entry["class"] not in ran:
            done[key] = entry
    names = [name for name in missing if name not in {name for name, _ in done}]
    return {
        "folder": folder,
        "attentions": [done[name] for name in sorted(done)],
        "not_run": names,
        "reasons": reasons,
    }


def apart(folder: str, seconds: int = 300) -> dict:
    """``record`` in a process of its own, so that nothing a folder does reaches the next."""
    import json

    from transformers.models.bert import modeling_bert  # noqa: F401  what all share is imported once, before the fork
    from transformers.models.llama import modeling_llama  # noqa: F401

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            result = record(folder)
        except BaseException as error:
            result = {"folder": folder, "error": f"{type(error).__name__}: {error}"[:200]}
        with os.fdopen(writer, "w") as pipe:
            pipe.write(json.dumps(result, default=str))
        os._exit(0)
    os.close(writer)
    text = ""
    import select

    end = time.monotonic() + seconds
    with os.fdopen(reader) as pipe:
        while time.monotonic() < end:
            ready, _, _ = select.select([pipe], [], [], 1)
            if ready:
                chunk = os.read(pipe.fileno(), 1 << 20)
                if not chunk:
                    break
                text += chunk.decode()
        else:
            os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json.loads(text) if text else {"folder": folder, "error": "time limit"}
