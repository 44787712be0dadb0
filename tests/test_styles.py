"""What is left out of the styles of the theme and of KaTeX is on no page: ``tests/browser`` looks at every one."""

import re

import pytest

from tools import styles


def test_rules_of_what_is_absent_are_left_out_and_all_else_is_as_it_was():
    css = '@charset "UTF-8";a,.tabbed-set,b:not(.admonition){top:0}@media print{.keys{top:0}}@media print{i{top:0}}'
    kept = '@charset "UTF-8";a,b:not(.admonition){top:0}@media print{i{top:0}}'
    assert styles.trimmed(css + "/*# sourceMappingURL=main.css.map */") == kept
    letters = "@font-face{font-family:KaTeX_Main;src:url(a)}"
    assert styles.trimmed(letters + letters.replace("Main", "Script")) == letters
    icons = """--md-tag-icon:url("data:image/svg+xml;,<svg d='M0;1'/>");"""
    assert styles.trimmed(f":root{{{icons}--md-a:var(--md-status);}}:root{{{icons}}}") == (
        ":root{--md-a:var(--md-status);}"
    )


def test_a_colour_that_our_palettes_say_again_is_said_once():
    theirs, ours = "--md-accent-fg-color", "--md-accent-fg-color--transparent"
    sheet = styles.theme(f"[data-md-color-scheme]{{{theirs}:#123456;--site-ink:#000}}b{{{ours}:#fff}}")
    assert f"{theirs}:" not in sheet and f"{ours}:" in sheet and f"var({theirs})" in sheet


@pytest.mark.parametrize("what", styles.ABSENT)
def test_each_thing_said_to_be_absent_names_selectors(what):
    assert any(re.search(styles.ABSENT[what], one) for one in styles.absent()), f"no sheet says anything of {what}"


def test_nothing_reads_a_property_that_is_left_out(site):
    left_out = {name for text in styles.texts() for name in re.findall(rf"{styles.UNREAD}[\w-]*(?=:)", text)}
    assert len(left_out) > 20
    sheets = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    read = {name for name in left_out if f"var({name}" in sheets}
    assert not read, f"a rule of the site reads {sorted(read)}, which tools/styles.py leaves out"
