"""Math is set by the build, and bad TeX stops it."""

import pytest
from mkdocs.exceptions import PluginError

from tools import fonts, formulas


def arithmatex(tex: str) -> str:
    return rf'<p><span class="arithmatex">\({tex}\)</span></p>'


def test_a_formula_becomes_html_and_mathml():
    html, found = formulas.typeset(arithmatex(r"\sqrt{d}"), "page.md")
    assert found and "<math" in html and 'class="katex-html"' in html and "arithmatex" not in html


def test_the_subset_fonts_have_every_character_that_pages_use(soups):
    tall = dict.fromkeys(("delimsizing", "delim-size1", "delim-size4", "small-op", "large-op"), fonts.BIG)
    subsets = {"mathnormal": fonts.ITALIC, "mathbb": fonts.BOARD, **tall}
    for page, soup in soups.items():
        for text in (t for formula in soup.select(".katex-html") for t in formula.find_all(string=True)):
            near = [c for e in (text.parent, text.parent.parent) for c in e.get("class", [])]
            kind = next((c for c in near if c in subsets), None)
            missing = set(text) - {"\u200b"} - set(subsets.get(kind, fonts.MATH))
            assert not missing, f"{page}: add {sorted(missing)} to tools/fonts.py ({kind or 'MATH'}) and run it"


def test_a_page_preloads_the_fonts_of_its_tall_signs_and_no_others():
    assert formulas.typeset(arithmatex("x"), "page.md")[1] == ["KaTeX_Main-Regular", "KaTeX_Math-Italic"]
    tall = formulas.typeset(arithmatex(r"\sum_i \Bigl(x\Bigr)"), "page.md")[1]
    assert tall[2:] == ["KaTeX_Size1-Regular", "KaTeX_Size2-Regular"]


def test_a_page_without_math_loads_no_math():
    assert formulas.typeset("<p>none</p>", "page.md") == ("<p>none</p>", [])


@pytest.mark.parametrize("tex", [r"\frac{1}{", r"\nosuchcommand", "한"])
def test_bad_tex_stops_the_build_and_names_page_and_formula(tex):
    with pytest.raises(PluginError) as error:
        formulas.typeset(arithmatex(tex), "chapters/page.md")
    assert "chapters/page.md" in str(error.value) and repr(tex) in str(error.value)


@pytest.mark.parametrize("after", [",", "은"])
def test_a_comma_or_a_particle_stays_on_the_line_of_its_short_formula(after):
    def typeset(tex):
        return formulas.typeset(arithmatex(tex).replace("</p>", f"{after} next</p>"), "page.md")[0]

    assert f"{after}</span> next" in typeset(r"1/\sqrt{d}")
    assert "together" not in typeset(r"W[e; p] = W_e\,e + W_p\,p") and f"{after} next" in typeset("a" * 21)


def test_a_formula_that_was_set_before_is_not_set_again(tmp_path, monkeypatch):
    monkeypatch.setattr(formulas.cache, "FOLDER", tmp_path)
    html = arithmatex("u+1") + arithmatex("u+2")
    before = formulas.typeset(html, "page.md")[0]
    formulas.keep(html, "en/page.md")
    monkeypatch.setattr(formulas, "_known", {})
    monkeypatch.setattr(formulas, "_katex", lambda: pytest.fail("KaTeX was started"))
    formulas.recall("en/page.md")
    assert formulas.typeset(html, "page.md")[0] == before


def test_a_formula_is_set_again_when_what_sets_it_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(formulas.cache, "FOLDER", tmp_path)
    formulas.keep(arithmatex("u"), "en/page.md")
    monkeypatch.setattr(formulas, "_KATEX", tmp_path / "katex.min.js")
    formulas._KATEX.write_text("another version")
    monkeypatch.setattr(formulas, "_known", {})
    formulas.recall("en/page.md")
    assert not formulas._known
