"""Every address that the site has had still leads to what it led to."""

import json
from urllib.parse import urljoin, urlsplit

import pytest
from mkdocs.exceptions import PluginError

from tools import ROOT, moved

ADDRESSES = json.loads((ROOT / "tests/data/addresses.json").read_text("utf-8"))


@pytest.mark.parametrize("language", ["", "ko/"], ids=["en", "ko"])
def test_every_address_of_before_leads_to_its_content(soups, language):
    lost = []
    for address, ids in ADDRESSES.items():
        page = soups[language + address]
        here = {element["id"]: element for element in page.find_all(id=True)}
        for id_ in ids:
            if id_ not in here:
                lost.append(f"{language}{address}#{id_}")
            elif link := here[id_].find_parent("a", class_="moved") or (
                here[id_] if "moved" in here[id_].get("class", []) else None
            ):
                there = urlsplit(urljoin("/" + language + address, link["href"])).path[1:]
                if not soups[there].find(id=id_):
                    lost.append(f"{language}{address}#{id_}, which is not on {there} either")
    assert not lost, "addresses that were once published lead nowhere:\n" + "\n".join(lost)


FIGURE = '![alt](../assets/figures/glasses.svg "caption")'
NEW = f"## A {{ #a }}\n### B {{ #b }}\n{FIGURE}\n## C {{ #c }}\n"


def test_a_moved_section_takes_the_ids_of_its_figures_and_headings_along(tmp_path):
    (tmp_path / "new.md").write_text(NEW, encoding="utf-8")
    marked = moved.mark("See [the `A` of it](new.md#a){ #a .moved }.", tmp_path / "old.md")
    spans = '<span id="b"></span><span id="figure-glasses"></span>'
    assert marked == f"See [{spans}the `A` of it](new.md#a){{ #a .moved }}."


def test_an_id_that_the_page_still_has_is_not_set_twice(tmp_path):
    (tmp_path / "new.md").write_text(NEW, encoding="utf-8")
    old = FIGURE + "\n[The A of it](new.md#a){ #a .moved } and [B](new.md#b){ #b .moved }"
    assert moved.mark(old, tmp_path / "old.md") == old


@pytest.mark.parametrize("target", ["new.md#z", "gone.md#a", "new.md#c"])
def test_a_moved_section_that_is_not_where_it_is_said_to_be_is_refused(tmp_path, target):
    (tmp_path / "new.md").write_text(NEW, encoding="utf-8")
    with pytest.raises(PluginError, match=f"old.md: #a is said to have moved to {target}: no such"):
        moved.mark(f"[The A of it]({target}){{ #a .moved }}", tmp_path / "old.md")
