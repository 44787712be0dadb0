"""From what was recorded of each folder to the one file."""

import json
from importlib.metadata import version
from pathlib import Path

NAMES = {
    "rotation": "rotation",
    "learned table": "learned table",
    "sinusoids": "sinusoids",
    "bias by distance": "bias by distance",
    "vectors by distance": "vectors by distance",
    "transformer-xl": "transformer-xl",
    "alibi": "alibi",
    "convolution": "convolution",
}
ABOUT = {
    "package": "transformers",
    "licence": "Facts read off code under Apache-2.0; this file is under the licence of this repository.",
    "made_by": "python -m snippets.data.record_atlas",
}
NOT_ENTERED = "no model of the default configuration enters this class"


def attention(found: dict) -> dict:
    """One attention as it stands in the file."""
    record = {key: found[key] for key in ("class", "file", "at", "model", "kind") if found.get(key)}
    groups = []
    for group in found["groups"]:
        positions = [_mechanism(each) for each in group["positions"]]
        groups.append({"layers": group["layers"], "positions": positions})
    record["scheme"] = sorted({p["kind"] for g in groups for p in g["positions"]})
    unsettled = [p["kind"] for g in groups for p in g["positions"] if p["kind"] not in NAMES]
    record["how"] = "run"
    if unsettled:
        record["how"] = "unknown"
        record["reason"] = "the run calls something positional that it could not read: " + ", ".join(
            sorted(
                {p.get("class", p.get("weight", "")) for g in groups for p in g["positions"] if p["kind"] in unsettled}
            )
        )
    if not record["scheme"] and found["kind"] == "other":
        record["how"] = "unknown"
        record["reason"] = "only a part of the model was run, and positions may come from the rest"
    record["layers"] = found["places"]
    if found.get("fewer_layers"):
        record["fewer_layers"] = True
    record["groups"] = groups if len(groups) > 1 else [{"positions": groups[0]["positions"]}]
    for key in ("head", "scaling", "scaling_times_root", "queries_scaled_before"):
        if key in found:
            record[key] = found[key]
    ropes = _stretched(found.get("rope_parameters"))
    if ropes and "rotation" in record["scheme"]:
        record["stretch"] = ropes
    return record


def _mechanism(found: dict) -> dict:
    return {key: value for key, value in found.items() if value is not None}


def _stretched(ropes: dict | None) -> dict | None:
    """rope_parameters of the default configuration where a type is in it that stretches, or turns other speeds."""
    if not ropes:
        return None
    kinds = {name: each for name, each in ropes.items() if isinstance(each, dict)} or {"all": ropes}
    found = {name: each for name, each in kinds.items() if each.get("rope_type", "default") not in ("default", "axial")}
    return found or None


def family(line: dict) -> dict | None:
    """The record of one folder, or None where it has no attention of its own."""
    attentions = [attention(each) for each in line.get("attentions", [])]
    for name in line.get("not_run", []):
        reasons = line.get("reasons") or {}
        reason = next((f"{model}: {why}" for model, why in reasons.items()), NOT_ENTERED)
        if "Cross" in name and line.get("attentions"):
            reason = NOT_ENTERED
        attentions.append({"class": name, "how": "unknown", "reason": reason[:200]})
    if line.get("error"):
        attentions = [{"class": "", "how": "unknown", "reason": line["error"][:200]}]
    if not attentions:
        return None
    hows = {each["how"] for each in attentions}
    how = "run" if "run" in hows else "read" if "read" in hows else "unknown"
    kinds = sorted({each["kind"] for each in attentions if "kind" in each and each["kind"] != "other"})
    return {"kind": kinds, "how": how, "attentions": sorted(attentions, key=lambda e: (e["class"], e.get("at", "")))}


def assemble(lines: Path, names: list[str]) -> dict:
    """Every folder's line into the record; those of ``names`` without a line are listed as not recorded."""
    families, without = {}, []
    left = [name for name in names if not (lines / f"{name}.json").exists()]
    for file in sorted(lines.glob("*.json")):
        line = json.loads(file.read_text())
        found = family(line)
        if found:
            families[line["folder"]] = found
        else:
            without.append(line["folder"])
    about = {**ABOUT, "version": version("transformers"), "torch": version("torch").split("+")[0]}
    return {"about": about, "families": families, "without_attention": without, "not_recorded": left}


def written(atlas: dict) -> str:
    """JSON with one family a line, keys in the order of reading."""
    body = ",\n".join(f"  {json.dumps(n)}: {json.dumps(f)}" for n, f in sorted(atlas["families"].items()))
    about = json.dumps(atlas["about"])
    without, left = json.dumps(atlas["without_attention"]), json.dumps(atlas["not_recorded"])
    return (
        f'{{"about": {about},\n"families": {{\n{body}\n}},\n"without_attention": {without},\n"not_recorded": {left}}}\n'
    )
