"""Math is set by the build, and bad TeX stops it."""

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from tools import fonts, formulas


def arithmatex(tex: str) -> str:
    return rf'<p><span class="arithmatex">\({tex}\)</span></p>'


def test_a_formula_becomes_html_and_mathml():
    html, found = formulas.typeset(arithmatex(r"\sqrt{d}"), "page.md")
    assert found and "<math" in html and 'class="katex-html"' in html and "arithmatex" not in html


def test_the_subset_font_has_every_character_that_pages_use(site):
    used = set()
    for page in site.rglob("*.html"):
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        for formula in soup.select(".katex-html"):
            used |= set(formula.get_text())
    used -= {"\u200b"} | set(map(chr, range(0x3B1, 0x3D7)))  # spacing; lower-case Greek is in the italic font
    assert used <= set(fonts.MATH), f"add {sorted(used - set(fonts.MATH))} to tools/fonts.py and run it"


def test_a_page_without_math_loads_no_math():
    assert formulas.typeset("<p>none</p>", "page.md") == ("<p>none</p>", False)


@pytest.mark.parametrize("tex", [r"\frac{1}{", r"\nosuchcommand", "한"])
def test_bad_tex_stops_the_build_and_names_page_and_formula(tex):
    with pytest.raises(PluginError) as error:
        formulas.typeset(arithmatex(tex), "chapters/page.md")
    assert "chapters/page.md" in str(error.value) and repr(tex) in str(error.value)
