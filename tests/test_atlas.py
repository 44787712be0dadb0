"""The record of which model uses which positions: its shape, and what the site says about released models."""

import json
from collections import Counter

import jsonschema
import pytest

from tools import LANGUAGES, ROOT

DATA = ROOT / "snippets/data"
ATLAS = json.loads((DATA / "atlas.json").read_text("utf-8"))
FAMILIES = ATLAS["families"]
ATTENTIONS = [(name, each) for name, family in FAMILIES.items() for each in family["attentions"]]
RUN = 0.85  # at least this share of the families by running them


def test_the_record_has_the_shape_that_its_schema_describes():
    schema = json.loads((DATA / "atlas.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in jsonschema.Draft202012Validator(schema).iter_errors(ATLAS)]
    assert not wrong, wrong[0]


def test_most_families_were_run():
    hows = Counter(family["how"] for family in FAMILIES.values())
    share = hows["run"] / len(FAMILIES)
    assert share >= RUN, f"only {share:.0%} of {len(FAMILIES)} families are established by running: {dict(hows)}"


def test_families_and_attentions_are_sorted_and_apart():
    assert list(FAMILIES) == sorted(FAMILIES), "families of atlas.json are not sorted"
    assert ATLAS["without_attention"] == sorted(set(ATLAS["without_attention"]) - set(FAMILIES))
    for name, family in FAMILIES.items():
        keys = [(each["class"], each.get("at", "")) for each in family["attentions"]]
        assert keys == sorted(set(keys)), f"the attentions of {name} are not sorted, or one stands twice"


def test_nothing_is_unknown_without_a_reason():
    bare = [name for name, each in ATTENTIONS if each["how"] == "unknown" and not each.get("reason")]
    assert not bare, f"unknown without a reason: {bare}"


def test_what_was_run_says_where_and_how():
    for name, each in ATTENTIONS:
        if each["how"] != "unknown":
            missing = {"class", "file", "model", "scheme", "groups"} - set(each)
            assert not missing, f"{name}, {each['class']}: {sorted(missing)} missing"
            kinds = {what["kind"] for group in each["groups"] for what in group["positions"]}
            assert sorted(kinds) == each["scheme"], f"{name}, {each['class']}: its schemes are not those of its layers"


def test_layers_of_the_groups_are_all_layers_once():
    for name, each in ATTENTIONS:
        groups = each.get("groups", [])
        if len(groups) > 1:
            layers = [n for group in groups for first, last in group["layers"] for n in range(first, last + 1)]
            assert len(layers) == len(set(layers)) == each["layers"], f"{name}, {each['class']}: layers stand twice or never"


def mechanisms(family: str, at: str = "") -> list[dict]:
    """Every way positions enter the attentions of a family; ``at`` is part of their class or place."""
    found = [a for a in FAMILIES[family]["attentions"] if a["how"] != "unknown" and at in f"{a['class']} {a.get('at', '')}"]
    assert found, f"the record has no established attention {at!r} of {family}"
    return [what for each in found for group in each["groups"] for what in group["positions"]]


def values(family: str, field: str, at: str = "") -> set:
    """All values of a field; "without" gives the layers that no positions enter, "scheme" the schemes."""
    found = [a for a in FAMILIES[family]["attentions"] if a["how"] != "unknown" and at in f"{a['class']} {a.get('at', '')}"]
    assert found, f"the record has no established attention {at!r} of {family}"
    if field == "scheme":
        return {scheme for each in found for scheme in each["scheme"]} or {"none"}
    if field == "without":
        bare = [group for each in found for group in each["groups"] if not group["positions"]]
        return {n for group in bare for first, last in group["layers"] for n in range(first, last + 1)}
    if field == "stretch":
        return {part["rope_type"] for each in found for part in each.get("stretch", {}).values()}
    if field == "stretch factor":
        return {part.get("factor") for each in found for part in each.get("stretch", {}).values()}
    if field == "sections":
        axes = next(what["pairs_by_row_of_positions"] for what in mechanisms(family, at) if "pairs_by_row_of_positions" in what)
        return {tuple(sum(last - first + 1 for first, last in spans) for spans in list(axes.values())[-3:])}
    if field == "dealing":  # in blocks, or pair by pair in turn
        axes = next(what["pairs_by_row_of_positions"] for what in mechanisms(family, at) if "pairs_by_row_of_positions" in what)
        return {"blocks" if all(len(spans) == 1 for spans in list(axes.values())[-3:]) else "in turn"}
    if field == "share":
        return {what["turned"] / each.get("head", what["channels"]) for each in found for g in each["groups"] for what in g["positions"] if what["kind"] == "rotation"}
    return {what[field] for what in mechanisms(family, at) if field in what}


# page, fragment of its English text, word that its Korean text has too, family, part of class or place, field, value
STATEMENTS: list[tuple] = []
