"""Tables on narrow screens."""

from tools import tables


def table(*cells: str) -> str:
    heads = "".join(f'<th style="text-align: left;">{i}</th>' for i in range(len(cells)))
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<table>\n<thead>\n<tr>\n{heads}\n</tr>\n</thead>\n<tbody>\n<tr>\n{row}\n</tr>\n</tbody>\n</table>"


def test_a_column_of_sentences_in_a_table_of_three_says_that_it_is_long():
    shown = tables.with_room(table("a", "b" * 81, "나" * 41) + "<p>c</p>")
    assert shown.count('<th class="long"') == 2 and '<th style="text-align: left;">0' in shown
    assert shown.replace(' class="long"', "") == table("a", "b" * 81, "나" * 41) + "<p>c</p>"


def test_among_four_columns_less_is_long():
    assert tables.with_room(table("a", "b", "c" * 40, "d" * 41)).count('<th class="long"') == 1


def test_a_table_that_fits_is_left():
    note = f'<a href="x">a</a><small class="reference-note">{"c" * 90}</small>'
    for cells in (("a" * 90, "b" * 90), ("a" * 80, "나" * 40, note)):
        assert tables.with_room(table(*cells)) == table(*cells)


def test_a_table_of_a_page_stands_in_what_scrolls_it_before_a_script_comes(soups):
    for address, soup in soups.items():
        for one in soup.find_all("table"):
            assert one.get("class"), f"{address}: the theme's script moves a table without a class"
            inside = [parent["class"] for parent in list(one.parents)[:2]]
            scrolls = inside == [["md-typeset__table"], ["md-typeset__scrollwrap"]]
            assert scrolls == (one["class"] == ["plain"]), f"{address}: a table {one['class']} stands in {inside}"
