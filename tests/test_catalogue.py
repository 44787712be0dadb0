"""The comparison of all schemes: what the catalogue finds out, and the table it becomes."""

import re

import pytest
import torch
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from snippets import catalogue
from snippets.attention import Attention
from snippets.figures import style
from snippets.figures.schemes import gallery_distance
from tools import LANGUAGES, ROOT, atlas, citations, pages, references, schemes


def test_the_catalogue_holds_every_scheme_once():
    files = {path.stem for path in (ROOT / "snippets/schemes").glob("*.py")} - {"__init__"}
    assert sorted(catalogue.NAMES) == sorted(files)


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_scheme_passes_through_the_doors_of_attention(name):
    torch.manual_seed(0)
    layer, scheme, at = Attention(64, 2), catalogue.build(name, 64, 2, 32), torch.arange(32)
    doors = {
        "at_input": scheme.at_input and (lambda x: scheme.at_input(x, at)),
        "at_qk": scheme.at_qk and (lambda q, k: scheme.at_qk(q, k, at, at)),
        "at_scores": scheme.at_scores and (lambda q, k: scheme.at_scores(q, k, at, at)),
    }
    x = torch.randn(3, 32, 64)
    out = layer(x, **doors)
    assert out.shape == x.shape and out.isfinite().all()
    cut = {k: v for k, v in doors.items() if v}
    assert len(cut) <= 2 and (cut or name == "none")


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_no_scheme_lets_a_token_see_what_comes_later(name):
    torch.manual_seed(0)
    scheme, x, at = catalogue.build(name, 64, 2, 32), torch.randn(12, 64), torch.arange(12)
    w_q, w_k = torch.randn(2, 64, 64) / 8
    whole = catalogue.scores(scheme, x, at, w_q, w_k, 2)
    x[-1] += 1
    changed = catalogue.scores(scheme, x, at, w_q, w_k, 2)
    torch.testing.assert_close(changed[:, :-1, :-1], whole[:, :-1, :-1])


def test_what_moves_with_the_text_is_told_apart_from_what_does_not():
    absolute = {name for name in catalogue.NAMES if not catalogue.shift_invariant(name)}
    assert absolute == {"sinusoidal", "learned", "concatenated", "fire", "length_temperature"}


def test_the_position_that_a_scheme_sees_is_what_its_scores_hang_on():
    seen = {name: catalogue.position_seen(name) for name in catalogue.NAMES}
    others = {
        "absolute": {"sinusoidal", "learned", "concatenated"},
        "both": {"fire", "length_temperature"},
        "content": {"cope"},
        "none": {"none", "drope"},
    }
    for kind, names in others.items():
        assert {name for name in seen if seen[name] == kind} == names, f"{kind} is said of others"
    assert set(seen.values()) == {*others, "relative"}


def test_only_tables_with_a_row_a_position_have_no_answer_past_their_length():
    ends = {name for name in catalogue.NAMES if not catalogue.defined_past(name)}
    assert ends == {"learned", "concatenated"}


def test_a_learned_table_adds_786432_weights_to_gpt2():
    found = catalogue.facts("learned")
    assert found["parameters"] == [786_432, 8192 * 4096] and found["door"] == "input" and found["kind"] == "absolute"


def test_rotation_and_alibi_add_no_weights_but_for_the_phases_of_pope():
    for name in ("none", "sinusoidal", "alibi", *catalogue.GROUPS["rotation"], *catalogue.GROUPS["stretch"]):
        phases = [12 * 768, 32 * 4096] if name == "pope" else [0, 0]
        assert catalogue.facts(name)["parameters"] == phases, name


def test_an_unknown_scheme_is_refused_by_name():
    with pytest.raises(ValueError, match="'rotary'; known: none, sinusoidal"):
        catalogue.build("rotary", 64, 2, 16)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_a_row_for_every_scheme_and_says_what_the_code_found(language):
    rows = BeautifulSoup(schemes.table(language), "html.parser").select("[data-scheme]")
    assert [row["data-scheme"] for row in rows] == list(catalogue.NAMES)
    for row in rows:
        counts = [int(cell["data-sort"]) for cell in row.select("td.number")]
        assert counts == catalogue.facts(row["data-scheme"])["parameters"]
        assert all(cell.get_text(strip=True) or cell.svg["aria-label"] for cell in row.find_all(["td", "th"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_row_of_a_scheme_has_a_cell_for_every_column(language):
    table = BeautifulSoup(schemes.table(language), "html.parser")
    columns = len(table.thead.find_all("th"))
    for body in table.find_all("tbody"):
        first, *others = body.find_all("tr")
        widths = [sum(int(cell.get("colspan", 1)) for cell in row.find_all(["td", "th"])) for row in (first, *others)]
        assert widths == [columns] * len(widths), f"{body.get('data-scheme')}: rows of {widths} columns, not {columns}"


def test_a_row_draws_the_curve_of_the_figure_of_all_schemes_in_the_colour_of_its_scheme():
    found, drawn = gallery_distance.curves(), BeautifulSoup(schemes.table("en"), "html.parser")
    for name, curve in found.items():
        svg = drawn.select_one(f"[data-scheme={name}] svg")
        points = [[int(number) for number in point.split(",")] for point in svg.polyline["points"].split()]
        for distance, height in points:
            assert abs(schemes.HIGH - height / 2 - curve[distance].item()) <= 0.26, f"{name} at distance {distance}"
        seen = gallery_distance.LENGTH // (catalogue.WINDOW if name == "layer_pattern" else 1)
        assert [at for at, _ in points] == list(range(0, seen, schemes.EVERY)), name
        assert svg["viewbox"].split()[2] == str(gallery_distance.LENGTH), f"{name} has an axis of its own"
        assert ("no key is seen from distance 32 on" in svg["aria-label"]) == (name == "layer_pattern"), name
        mark = style.MARKS[name]
        assert svg["style"] == f"--light:{mark.light};--dark:{mark.dark}", f"{name} has another colour in its figures"


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([8, 8, 8.01], "flat at 8.0"),
        ([8, 8, 1.5], "falls all the way, from 8.0 at distance 0 to 1.5 at 2"),
        ([8, -2, 3], "up and down between −2.0 and 8.0; 8.0 at distance 0, 3.0 at 2"),
    ],
)
def test_a_curve_says_in_words_what_it_shows(scores, said):
    assert schemes.shape(scores, schemes.WORDS["en"]["shapes"]) == said


def card(name: str, language: str) -> tuple[str, dict[str, str]]:
    """What the page of a scheme shows below its title: the card, and what each of its rows says."""
    text = (ROOT / f"docs/{language}/schemes/{name}.md").read_text("utf-8")
    shown = schemes.with_card(pages.front_matter(text)[1], f"schemes/{name}.md", language)
    whole = re.search(r'^# .+\n\n<div class="scheme-card" markdown="block">\n(.*?)\n</div>\n</div>\n', shown, re.DOTALL)
    assert whole, f"docs/{language}/schemes/{name}.md has no card below its title"
    return whole[1], dict(re.findall(r"^(.+)\n:   (.+)$", whole[1], re.MULTILINE))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", catalogue.NAMES)
def test_a_scheme_opens_with_a_card_of_what_the_code_found_and_its_page_says(name, language):
    shown, rows = card(name, language)
    words, page, found = schemes.WORDS[language], schemes.said(name, language), catalogue.facts(name)
    assert "{ .also }" in shown, f"{name}: the card does not hold its other names"
    computed = {
        words["head"][1]: words["door"][found["door"]],
        words["head"][6]: words[found["shift_invariant"]],
        words["card"]["past"]: words["card"]["defined"][found["defined_past"]],
    }
    for label, value in computed.items():
        assert rows[label] == value, f"the card of {name} says {label}: {rows[label]}, but the code finds {value}"
    for count in filter(None, found["parameters"]):
        assert f"{count:,}" in rows[words["card"]["weights"]], f"{name} does not say that it adds {count:,} weights"
    families = atlas.link(name, language, "../../")
    assert rows[words["card"]["models"]] == "; ".join(filter(None, (page["models"], families)))
    assert rows[words["head"][7]] == page["work"]
    assert f"](../snippets/schemes/{name}.py)" in rows[words["card"]["file"]], f"{name}: its file is not offered"


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_a_scheme_names_the_work_in_which_it_appeared_and_links_to_it(name):
    said = card(name, "en")[1]["First appeared"]
    year, key = schemes.works()[name]
    assert said.startswith(f"{year}: "), f"{name}: {said!r}"
    assert f'href="{citations.address(citations.bibliography()[key])}"' in said, f"{name} does not link to {key}"


def test_a_scheme_that_the_timeline_leaves_out_stops_the_build(monkeypatch):
    monkeypatch.setattr(schemes, "works", dict)
    with pytest.raises(PluginError, match=r"timeline\.py does not say when rope appeared"):
        card("rope", "en")


def test_a_page_without_words_for_the_table_stops_the_build(tmp_path, monkeypatch):
    page = tmp_path / "docs/en/schemes/rope.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\nsummary: turns\n---\n# RoPE { #rope }\n")
    monkeypatch.setattr(schemes, "ROOT", tmp_path)
    monkeypatch.setattr(schemes.pages, "ROOT", tmp_path)
    with pytest.raises(PluginError, match=r"docs/en/schemes/rope\.md: its front matter needs a line `work: "):
        schemes.said("rope", "en")


def test_the_errors_of_every_scheme_can_be_printed():
    assert "transformers" in references.errors("sinusoidal")
    with pytest.raises(ValueError, match="'gone'"):
        references.section("# A { #a }", "gone")
