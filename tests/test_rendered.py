"""A page is kept for the files that its text is put together from: it must read no others."""

import functools
import io
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.utils.yaml import yaml_load

from tools import LANGUAGES, ROOT, cache, cards, citations, hooks, pages, rendered, sources, workshop

NAV = {"en": "mkdocs.yml", "ko": "mkdocs.ko.yml"}
ANY = {"snippets", "tools", ".cache", *NAV.values()}  # what the key of every page holds
PAGES = [path for language in LANGUAGES for path in pages.markdown(language)]


@pytest.fixture(scope="module")
def navigation(site) -> dict[str, list]:
    """Of each language; the figures that pages show have been drawn."""
    return {language: yaml_load((ROOT / name).read_text("utf-8"))["nav"] for language, name in NAV.items()}


def forget_pages() -> None:
    """Let everything that remembers what stands in pages read it again."""
    for module in [module for name, module in sys.modules.items() if name.startswith("tools.")]:
        for value in vars(module).values():
            if isinstance(value, functools._lru_cache_wrapper) and value is not citations._works_of:
                value.cache_clear()


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_the_text_of_a_page_is_put_together_from_what_its_key_holds(path, navigation, monkeypatch):
    language, source = path.relative_to(ROOT / "docs").parts[0], path.relative_to(ROOT / "docs").parts[1:]
    file = SimpleNamespace(src_uri="/".join(source), abs_src_path=str(path))
    page = SimpleNamespace(file=file, url="/".join(source).removesuffix("index.md").replace(".md", "/"))
    config = SimpleNamespace(theme={"language": language}, nav=navigation[language])
    read, open_file, text = set(), io.open, pages.front_matter(path.read_text("utf-8"))[1]

    def spy(name, *arguments, **options):
        read.add(Path(name))
        return open_file(name, *arguments, **options)

    monkeypatch.setattr(rendered, "as_before", lambda *_: False)
    monkeypatch.setattr(rendered, "begin", lambda *_: None)
    forget_pages()
    monkeypatch.setattr(io, "open", spy)
    hooks.on_page_markdown(text, page, config, None)
    monkeypatch.undo()
    parts = {one: one.relative_to(ROOT).parts[0] for one in read if one.is_relative_to(ROOT)}
    others = {one for one, part in parts.items() if part not in ANY}
    missed = sorted(map(pages.name, others - rendered.reads(path, text) - {citations.FILE}))
    assert not missed, f"{pages.name(path)} shows words of {missed}: rendered.reads does not say so"


def test_what_every_page_may_show_has_changed_when_a_snippet_has(tmp_path, monkeypatch):
    (tmp_path / "snippets").mkdir()
    file = tmp_path / "snippets/one.py"
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(workshop, "jobs", dict)
    seen = []
    for text in ("X = 1\n", "X = 21\n", None):
        file.write_text(text) if text else file.rename(file.with_name("two.py"))
        workshop.look()
        seen.append(workshop.seen)
    assert len({*seen}) == 3 and all(seen), "a page would show what a snippet said before"


def test_a_card_that_is_drawn_or_not_changes_no_page(monkeypatch):
    config = SimpleNamespace(theme={"language": "en"})
    monkeypatch.setitem(rendered._site, "en", "")
    page, card = (SimpleNamespace(src_uri=one, dest_uri=one) for one in ("index.md", cards.address("index.md", "en")))
    found = []
    for files in ([page], [page, card]):
        rendered.prepare(files, config)
        found.append(rendered._site["en"])
    assert len({*found}) == 1, "a build that knows its address renders every page once more"
    jobs = {name: workshop.Job(name, lambda: "key", dict, dict) for name in ("figures/one", "cards/en")}
    monkeypatch.setattr(workshop, "jobs", lambda: jobs)
    seen = []
    for drawn in (jobs, ["figures/one"], ["cards/en"]):
        monkeypatch.setattr(cache, "known", lambda name, _, drawn=drawn: {"is": "kept"} if name in drawn else None)
        workshop._shown.clear()
        cache.NOW.clear()
        assert workshop.look().keys() == jobs.keys() - {*drawn}
        seen.append(workshop.seen)
    cache.NOW.clear()
    assert seen[0] == seen[1] and seen[0], "pages are put together again while cards are drawn"
    assert not seen[2], "a page is kept while its figure is drawn"


def test_a_page_is_put_together_again_when_anything_that_pages_show_has_changed(tmp_path, monkeypatch):
    path, config = ROOT / "docs/en/notation.md", SimpleNamespace(theme={"language": "en"})
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    monkeypatch.setitem(rendered._site, "en", "site")

    def known(seen: str, text: str = "text") -> bool:
        monkeypatch.setattr(workshop, "seen", seen)
        file = SimpleNamespace(src_uri="notation.md", abs_src_path=str(path))
        page = SimpleNamespace(file=file, meta={}, toc=[], title="", _title_from_render="", entries=[])
        page.links_to_anchors, page.present_anchor_ids = {}, set()
        if rendered.as_before(page, "", config):
            assert page.was_known
            return True
        rendered.begin(page, text, config)
        assert page.was_known == bool(page.kept), "who renders for another goes on until a page was known"
        if not page.kept:
            rendered.keep(page, text, {})
        return False

    assert not known("snippets as they are") and known("snippets as they are")
    assert not known("other snippets", "other text"), "the page shows what snippets said before"
    assert known("other snippets") and not known("snippets as they are")
    assert not known("") and not known(""), "a figure is not drawn yet: what stands in its place is not the page"


def test_the_text_of_a_lab_is_set_again_when_it_has_changed_and_then_alone(tmp_path, monkeypatch):
    path, times, config = tmp_path / "one.py", [], SimpleNamespace(theme={"language": "en"})
    monkeypatch.setattr(cache, "FOLDER", tmp_path / ".cache")
    monkeypatch.setitem(rendered._site, "en", "site")

    def made() -> tuple[str, str]:
        file = SimpleNamespace(abs_src_path=str(path), src_uri="labs/one.py")
        page = SimpleNamespace(file=file, warned=rendered._warnings.count)

        def render(config, files):
            times.append(1)
            if "warn" in path.read_text("utf-8"):
                logging.getLogger("mkdocs").warning("planted")
            page.content, page.title = path.read_text("utf-8"), "One"

        page.render = render
        rendered.set_once(page, config)
        page.render(None, None)
        return page.content, page.title

    path.write_text("# first\n", "utf-8")
    assert made() == made() == ("# first\n", "One") and len(times) == 1
    path.write_text("# the second\n", "utf-8")
    assert made() == ("# the second\n", "One") and len(times) == 2, "a reader sees the text of before"
    path.write_text("# I warn\n", "utf-8")
    assert made() == made() and len(times) == 4, "the next build would not warn"
