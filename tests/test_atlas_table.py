"""The page of the atlas: its table is the record, and the lines behind a name do what was recorded."""

import gzip
import re
from collections import Counter

import pytest
import torch
from bs4 import BeautifulSoup

from snippets import catalogue
from tools import LANGUAGES, ROOT, atlas, atlas_lines, search, serve

FAMILIES = atlas.record()["families"]
PLACES = [
    (name, attention, what)
    for name, family in FAMILIES.items()
    for attention in family["attentions"]
    for group in attention.get("groups", [])
    for what in group["positions"]
]
WITH_LINES = [(name, attention, what) for name, attention, what in PLACES if atlas_lines.of(what, attention)]
SINGLE = 1e-4  # the record keeps five digits, turns are complex64


@pytest.fixture(scope="module", params=LANGUAGES)
def shown(request):
    return BeautifulSoup(atlas.table(request.param, "../../"), "html.parser"), atlas.WORDS[request.param]


def test_the_table_has_a_row_for_every_family_of_the_record(shown):
    table, _ = shown
    assert [summary.text for summary in table.select("tbody > tr > th summary")] == list(FAMILIES)
    cells = {len(row.find_all("td")) for row in table.select("tbody > tr:not(.more)")}
    assert cells == {len(atlas.COLUMNS)}, "a row has another number of cells than there are columns"


def test_what_a_row_says_is_in_the_record(shown):
    table, words = shown
    for body, (name, family) in zip(table.select("tbody"), FAMILIES.items(), strict=True):
        cells = dict(zip(atlas.COLUMNS, (td.text for td in body.tr.select("td")), strict=True))
        assert cells["how"].startswith(words["how"][family["how"]]), name
        rotations = [what for n, _, what in PLACES if n == name and what["kind"] == "rotation"]
        assert cells["base"] == ", ".join(f"{base:,}" for base in sorted({w["base"] for w in rotations if "base" in w}))
        tables = {what["rows"] for n, _, what in PLACES if n == name and what["kind"] == "learned table"}
        assert all(f"{rows:,}" in cells["table"] for rows in tables) and bool(tables) == bool(cells["table"]), name
        assert bool(rotations) == bool(cells["layout"]) == bool(cells["share"]), name


def test_a_row_opens_to_every_field_of_its_record(shown):
    table, words = shown
    for body, (name, family) in zip(table.select("tbody"), FAMILIES.items(), strict=True):
        said = body.select_one(".more").text
        assert words["record"] in said
        for attention in family["attentions"]:
            for field, value in attention.items():
                if (field, value) == ("file", f"modeling_{name}.py"):
                    continue  # the page says that this is so unless a file is named
                assert f"{field}:" in said, f"{name}: {field} is not shown"
                assert not isinstance(value, str) or value in said, f"{name}: {value} is not shown"


def test_the_filters_count_what_they_find(shown):
    table, _ = shown
    for select in table.select("select"):
        found = Counter(
            value for body in table.select("tbody") for value in body.get(f"data-{select['name']}", "").split("|")
        )
        for option in select.select("option[value]:not([value=''])"):
            assert option.text.endswith(f"({found[option['value']]})"), f"{select['name']}: {option.text}"


@pytest.mark.parametrize(
    ("family", "column", "said"),
    [
        ("llama", "share", "all"),
        ("stablelm", "share", "25 %"),
        ("gpt_oss", "stretch", "yarn × 32"),
        ("llama4", "without", "12 of 48"),
        ("opt", "table", "2,050, first is row 2"),
        ("gemma3", "base", "10,000, 1,000,000"),
        ("lfm3", "scheme", "rotation of the fast pairs"),
        ("qwen2_5_vl", "scheme", "M-RoPE, rotation by two axes"),
    ],
)
def test_a_cell_says_in_words_what_was_recorded(family, column, said):
    cell = atlas._cell(column, FAMILIES[family], atlas.tokens(FAMILIES[family]), atlas.WORDS["en"])
    assert BeautifulSoup(cell, "html.parser").text == said


def test_the_lines_are_many_and_short():
    rotating = [what for _, _, what in PLACES if what["kind"] == "rotation"]
    with_lines = [what for _, _, what in WITH_LINES if what["kind"] == "rotation"]
    assert len(with_lines) >= 0.9 * len(rotating), "too many rotations have no lines"
    for _, attention, what in WITH_LINES:
        code = atlas_lines.of(what, attention)
        assert max(map(len, code.splitlines())) <= 84, code


def ran(code: str, **given) -> dict:
    """The names that are known after the lines have run."""
    exec(code, given)
    return given


def turned(code: str, head: int, **given) -> torch.Tensor:
    """The matrix that one step makes of the channels of a head, in columns; zero where the lines left it."""
    q = torch.eye(head)[:, None, None]  # each basis vector a sequence of one token
    k = q.clone()
    found = ran(code, q=q, k=k, **given)
    assert torch.equal(found["q"], found["k"]), "queries and keys are turned in different ways"
    return found["q"][:, 0, 0].T


ROTATIONS = [(name, attention, what) for name, attention, what in WITH_LINES if what["kind"] == "rotation"]


def pairs_of(what: dict, attention: dict) -> list[tuple[int, int]]:
    """The two channels of every pair, as the record says."""
    channels = [c for first, last in what["range"] for c in range(first, last + 1)]
    start = what["in_head"][0][0] if "in_head" in what else 0
    half = len(channels) // 2
    neighbours = what["layout"] == "neighbours"
    pairs = (
        zip(channels[::2], channels[1::2], strict=True)
        if neighbours
        else zip(channels[:half], channels[half:], strict=True)
    )
    return [(start + first, start + second) for first, second in pairs]


@pytest.mark.parametrize(
    ("name", "attention", "what"), ROTATIONS, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(ROTATIONS)]
)
def test_the_lines_of_a_rotation_turn_the_recorded_channels_by_the_recorded_speeds(name, attention, what):
    code, pairs = atlas_lines.of(what, attention), pairs_of(what, attention)
    head = atlas_lines.whole(what, attention) or what["channels"]
    one, nil = torch.tensor([1]), torch.tensor([0])
    axes = atlas_lines.axes(what) or {"0": [[0, len(pairs) - 1]]}
    two = "pairs_from_one_to_the_next" in what
    steps = [{"rows": one, "columns": nil}, {"rows": nil, "columns": one}] if two else [{"positions": one}]
    if len(axes) > 1:
        steps = [{"ids": torch.eye(3, dtype=torch.long)[axis][:, None]} for axis in range(3)]
    seen = []
    for axis, step in enumerate(steps):
        got = turned(code, head, **step).double() / what["factor"]
        angles = [torch.atan2(got[b, a], got[a, a]).item() * what["sign"] for a, b in pairs]
        want = torch.eye(head, dtype=torch.float64)
        for (a, b), angle in zip(pairs, angles, strict=True):
            at = torch.tensor(what["sign"] * angle)
            want[a, a], want[a, b], want[b, a], want[b, b] = at.cos(), -at.sin(), at.sin(), at.cos()
        for channel in set(range(head)) - {c for pair in pairs for c in pair}:
            got[channel] *= what["factor"]  # only what turns is multiplied
        assert torch.allclose(got, want, atol=SINGLE), f"{name}: other channels turn than the record says"
        if two:
            mine = [[first, last] for first, last in what["pairs_from_one_to_the_next"]]
            by_column = {pair for first, last in mine for pair in range(first, last + 1)}
            expected = by_column if axis else set(range(len(pairs))) - by_column
        else:
            expected = {pair for first, last in axes[str(axis)] for pair in range(first, last + 1)}
        moving = {pair for pair, angle in enumerate(angles) if abs(angle) > 0}
        assert moving <= expected, f"{name}: pairs turn by an axis that is not theirs"
        seen += [(pair, angles[pair]) for pair in sorted(expected)]
    over = what["exponents_over"]
    for pair, angle in seen:
        number = pair % (len(pairs) // 2) if two else pair
        speed = what["base"] ** (-2 * number / over)
        if "base_from" in what:  # the fastest pairs follow the base, the others are stretched
            assert angle == pytest.approx(speed, rel=1e-3) if pair == 0 else angle <= speed * (1 + 1e-3)
        else:
            assert angle == pytest.approx(speed, rel=1e-3, abs=1e-7), f"{name}: pair {pair}"


def test_the_lines_of_a_stretched_rotation_slow_the_slowest_pair_by_the_factor():
    stretched = [(name, attention, what) for name, attention, what in ROTATIONS if "base_from" in what]
    assert stretched
    for name, attention, what in stretched:
        theta = ran(re.sub(r"turns = .*", "", atlas_lines.of(what, attention).partition("\nturns")[0]))["theta"]
        (part,) = attention["stretch"].values()
        slowest = what["base"] ** (2 / what["exponents_over"] - 1) / part["factor"]
        assert theta[-1].item() == pytest.approx(slowest, rel=1e-3), name


@pytest.mark.parametrize(
    ("rows", "offset"), sorted({(w["rows"], w["offset"]) for _, _, w in PLACES if w["kind"] == "learned table"})
)
def test_the_lines_of_a_table_have_its_rows_and_begin_at_its_offset(rows, offset):
    code = atlas_lines._learned({"rows": rows, "offset": offset}, {})
    found = ran(code, x=torch.zeros(1, 1, 4), positions=torch.tensor([0]))
    assert found["table"].weight.shape == (rows, 4)
    assert torch.equal(found["x"][0, 0], found["table"].weight[offset])


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for name, _, what in WITH_LINES if what["kind"] == "sinusoids"]
)
def test_the_lines_of_sinusoids_have_the_recorded_order_and_first_position(name, what):
    found = ran(atlas_lines._sinusoids(what, {}), x=torch.zeros(1, 3, 8), positions=torch.arange(3))["x"][0]
    m = torch.arange(3.0)[:, None] + what.get("first_position", 0)
    angles = m * 10000 ** (-torch.arange(4) / 4)
    sin, cos = angles.sin(), angles.cos()
    want = torch.cat((sin, cos), -1) if what["layout"] == "halves" else torch.stack((sin, cos), -1).flatten(-2)
    assert torch.allclose(found, want, atol=1e-5), name


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, _, what in WITH_LINES if what["kind"] == "alibi"])
def test_the_lines_of_alibi_have_the_recorded_slopes(name, what):
    scores = ran(atlas_lines._alibi(what, {}), scores=torch.zeros(1), positions=torch.arange(2))["scores"]
    assert scores[: len(what["slopes"]), 1, 0].tolist() == pytest.approx([-s for s in what["slopes"]], abs=1e-3), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_established_is_listed_with_its_reason_and_nothing_else_is(language):
    listed = BeautifulSoup(atlas._unknown(language), "html.parser")
    unknown = [a for family in FAMILIES.values() for a in family["attentions"] if a["how"] == "unknown"]
    assert listed.details and not listed.details.has_attr("open")
    names = [name for name, f in FAMILIES.items() if any(a["how"] == "unknown" for a in f["attentions"])]
    assert [li.code.text for li in listed.select("li")] == names
    assert all(a["reason"] in listed.text for a in unknown)
    assert f"{len(unknown)}" in listed.summary.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", catalogue.NAMES)
def test_a_scheme_that_families_use_says_how_many_and_leads_to_them(scheme, language):
    text = (ROOT / f"docs/{language}/schemes/{scheme}.md").read_text("utf-8")
    marked, (count, state) = atlas.with_users(text, scheme, language), atlas.users(scheme)
    if not count:
        assert marked == text
        return
    assert f'href="../../{atlas.PAGE}/{state}"' in marked, "it has no heading with the id used-by"
    said = re.search(r"\{ #used-by[^\n]*\}\n\n(.+)\n", marked)[1]
    assert str(count) in said and str(len(FAMILIES)) in said
    key, value = re.fullmatch(r"#families\?(\w+)=(.+)", state).groups()
    assert count == sum(value.replace("+", " ") in atlas.tokens(family)[key] for family in FAMILIES.values())


def test_latent_attention_is_told_from_heads_that_turn_their_first_channels_and_from_those_that_never_turn():
    found = {name for name, family in FAMILIES.items() if "decoupled_rope" in atlas.tokens(family)["scheme"]}
    assert found >= {
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "glm_moe_dsa",
        "longcat_flash",
        "minicpm3",
        "mistral4",
    }
    assert not found & {"phi", "stablelm", "persimmon", "kimi_linear", "glm5_next", "deepseek_v4"}


def test_search_knows_the_names_of_the_families_and_nothing_else_of_the_table():
    html = f'<h2 id="families">Find</h2>{atlas.PLACE}'
    (entry,) = search.entries(html.replace(atlas.PLACE, atlas.names()), "atlas/models/")
    assert entry["also"].split(", ") == list(FAMILIES) and not entry["text"] and not entry["names"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_light(language):
    assert len(gzip.compress(atlas.table(language, "../../").encode())) <= 60_000


def test_the_record_touches_the_pages_that_show_it():
    found = serve.touched({atlas.RECORD})
    assert {ROOT / f"docs/{language}/atlas/models.md" for language in LANGUAGES} <= found
    assert {ROOT / f"docs/{language}/schemes/index.md" for language in LANGUAGES} <= found
    assert not [path for path in found if path.parent.name not in ("atlas", "schemes")]


def test_an_unknown_part_of_the_atlas_stops_the_build():
    with pytest.raises(Exception, match="no part 'what'"):
        atlas.expand("<!-- atlas: what -->", "en")


def test_a_record_that_lacks_fields_has_a_row_and_no_lines():
    groups = [{"layers": [[n, n]], "positions": [{"kind": kind}]} for n, kind in enumerate(atlas._SCHEMES)]
    attention = {"class": "A", "how": "read", "scheme": sorted(atlas._SCHEMES), "layers": len(groups), "groups": groups}
    family = {"kind": ["text"], "how": "read", "attentions": [attention]}
    assert not atlas_lines.lines(family)
    row = BeautifulSoup(atlas._body("some_model", family, atlas.tokens(family), "en", ""), "html.parser")
    assert row.summary.text == "some_model" and "not known" in row.tr.text and "reading" in row.tr.text
