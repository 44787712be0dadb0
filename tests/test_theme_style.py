"""What is left out of the theme's style is nothing that a page has; ``tests/browser`` looks at every page."""

import re

import pytest

from tools import theme_style


def test_rules_of_what_is_absent_are_left_out_and_all_else_is_as_it_was():
    css = '@charset "UTF-8";a,.tabbed-set,b:not(.admonition){top:0}@media print{.keys{top:0}}@media print{i{top:0}}'
    kept = '@charset "UTF-8";a,b:not(.admonition){top:0}@media print{i{top:0}}'
    assert theme_style.trimmed(css + "/*# sourceMappingURL=main.css.map */") == kept
    icons = """--md-tag-icon:url("data:image/svg+xml;,<svg d='M0;1'/>");"""
    assert theme_style.trimmed(f":root{{{icons}--md-a:var(--md-status);}}:root{{{icons}}}") == (
        ":root{--md-a:var(--md-status);}"
    )


@pytest.mark.parametrize("what", theme_style.ABSENT)
def test_each_thing_said_to_be_absent_names_selectors_of_the_theme(what):
    assert any(re.search(theme_style.ABSENT[what], one) for one in theme_style.absent()), f"the theme has no {what}"


def test_nothing_reads_a_property_that_is_left_out(site):
    left_out = {name for text in theme_style.texts() for name in re.findall(rf"{theme_style.UNREAD}[\w-]*(?=:)", text)}
    assert len(left_out) > 20
    sheets = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    read = {name for name in left_out if f"var({name}" in sheets}
    assert not read, f"a rule of the site reads {sorted(read)}, which tools/theme_style.py leaves out"
