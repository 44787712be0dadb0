"""MkDocs hooks, thin on purpose: each calls plain functions of one module of ``tools``."""

import gc
import importlib
import json
import sys
from multiprocessing import parent_process
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mkdocs.structure.files import File

from tools import (
    ROOT,
    atlas,
    beside,
    blocks,
    cache,
    cards,
    changelog,
    chapters,
    citations,
    cite,
    claims,
    conformance,
    counts,
    figures,
    formulas,
    frame,
    head,
    labs,
    languages,
    letters,
    live,
    machines,
    measured,
    moved,
    one_file,
    pages,
    rendered,
    repository,
    schemes,
    search,
    signatures,
    strict,
    tables,
    templates,
    twins,
    workshop,
)

_others = None  # the processes of tools/beside.py, while they run beside this one


def on_startup(command, dirty):
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # pages leave little garbage, and to look for it takes a twentieth of a build
    if command == "serve":
        importlib.import_module("tools.serve")
    elif not (parent_process() or (cache.FOLDER / "figures").is_dir()):
        workshop.context()  # gets ready meanwhile


def _server():
    """The module that renders what an edit touches, while the site is served; a build does not load it."""
    return sys.modules.get("tools.serve")


def on_config(config):
    search.take_over(config)
    templates.keep_of_notebooks()
    if config.theme["language"] == "en":
        workshop.begin(wait=not _server(), with_cards=bool(config.site_url))


def on_files(files, config):
    """One copy of the assets and one drawing of each figure serve both languages."""
    if config.theme["language"] == "en":  # Korean pages, whose blocks and figures are the same, link to these
        blocks_of_pages = one_file.files()
        notebooks = repository.notebooks(blocks_of_pages, config.repo_url)
        for address, text in (blocks_of_pages | notebooks | live.files()).items():
            files.append(File.generated(config, address, content=text))
    for file in [file for file in files if file.src_uri.startswith("assets/stylesheets/")]:
        files.remove(file)  # they stand in our own sheet
    for path in sorted((ROOT / "docs/assets").rglob("*")):
        source = path.relative_to(ROOT / "docs").as_posix()
        if path.suffix in (".css", ".js"):
            files.append(File.generated(config, source, content=frame.as_loaded(path)))
        elif path.is_file():
            files.append(File(source, str(ROOT / "docs"), config.site_dir, config.use_directory_urls))
    for address, svg in figures.files(config.theme["language"]).items():
        files.append(File.generated(config, address, content=svg))
    shown = [path for folder in ("schemes", "practice") for path in sorted((ROOT / "snippets" / folder).glob("*.py"))]
    shown += [ROOT / "snippets/attention.py", ROOT / "snippets/layouts.py"]
    for path in [*shown, ROOT / "snippets/conformance/layer.py"]:
        if path.stem != "__init__":
            address = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, address, content=path.read_text(encoding="utf-8")))
    for address, table in (measured.downloads() | machines.files()).items():
        files.append(File.generated(config, address, content=table))
    files.append(File.generated(config, machines.INDEX, content=""))  # what it holds is known when pages are read
    for address, notebook in labs.downloads(config.theme["language"]).items():
        files.append(File.generated(config, address, content=notebook))
    if config.site_url:  # or no link could lead to them
        for address, picture in cards.files(config.theme["language"]).items():
            files.append(File.generated(config, address, content=picture))
    feed = changelog.feed(config.theme["language"], config.site_url, config.site_name, cite.about()["author"])
    files.append(File.generated(config, changelog.FEED, content=feed))
    return files


def on_nav(nav, config, files):
    global _others
    rendered.prepare(files, config)
    beside.help_if_asked(config, files)
    serve, language = _server(), config.theme["language"]
    if language == "en" and beside.can_fork and not (serve and serve.BUILT):
        _others = beside.WhileServed(config, files) if serve else beside.korean(config, files)
    if serve:
        serve.BUILT[language] = serve.Built(config, files, nav)


def on_env(env, config, files):
    templates.keep(env)
    files.get_file_from_path(machines.INDEX).content_string = machines.llms(config, files)
    if serve := _server():
        serve.BUILT[config.theme["language"]].read(env)


def on_serve(server, config, builder):
    global _others
    others, _others = _others, None
    return importlib.import_module("tools.serve").take_over(server, config, builder, others)


def on_shutdown():
    if serve := _server():
        serve.stop()


def on_page_markdown(markdown, page, config, files):
    source, language = page.file.src_uri, config.theme["language"]
    if rendered.as_before(page, markdown, config):
        return markdown
    if labs.is_lab(source):
        rendered.begin(page, markdown, config, json.dumps(labs.outputs(Path(page.file.abs_src_path))))
        if not page.kept:
            rendered.set_once(page, config)
        return markdown
    markdown = moved.mark(markdown, Path(page.file.abs_src_path))
    markdown = letters.explain(markdown, source, language)
    if chapters.is_chapter(source):
        markdown = chapters.dress(markdown, source, language)
    if schemes.is_scheme(source):
        markdown = atlas.with_users(markdown, Path(source).stem, language)
        markdown = signatures.fold(schemes.with_card(markdown, source, language), language)
    markdown = figures.expand(markdown, source, language)
    if citations.PLACE in markdown:
        markdown = markdown.replace(citations.PLACE, citations.listing(language))
    if schemes.PLACE in markdown:
        markdown = markdown.replace(schemes.PLACE, schemes.table(language))
    names, top = conformance.names_in(config.nav), "../" * page.url.count("/")
    markdown = conformance.expand(markdown, source, language, names, top)
    if counts.PLACE in markdown:
        markdown = markdown.replace(counts.PLACE, counts.listing(language))
    markdown = atlas.expand(markdown, language)
    markdown = citations.link(markdown, source, "../" * source.count("/"))
    markdown = pages.with_whole_percentages(markdown)
    rendered.begin(page, markdown, config, json.dumps(one_file.offers(markdown)), atlas.stamp(markdown))
    return markdown


def on_page_content(html, page, config, files):
    kept = page.kept or rendered.keep(page, *_made(html, page, config))
    for address, content in kept["files"].items():
        if old := files.get_file_from_path(address):
            files.remove(old)
        files.append(twins.file(config, address, content))
    html, language = kept["content"], config.theme["language"]
    if labs.is_lab(page.file.src_uri):
        html = labs.with_colab(html, page.file.src_uri, language, config.repo_url)
    return repository.with_sources(html, language, config.repo_url)


def _made(html, page, config) -> tuple[str, dict[str, str]]:
    """The content of a page as it is shown, and the files that stand beside it: drawings, and its Markdown."""
    language, path = config.theme["language"], Path(page.file.abs_src_path)
    is_ledger = claims.PLACE in html
    content, beside = _dressed(html, page, language)
    if is_ledger:
        content += machines.ledger(path.read_text("utf-8"), language, config.site_name)
    twin = twins.of_page(path, page.url, language, conformance.names_in(config.nav))
    if page.meta["declared"]:
        beside[page.url + strict.SHEET] = strict.sheet(page.meta["declared"])
    return content, beside | {twins.inside(page.url): twin}


def _dressed(html, page, language) -> tuple[str, dict[str, str]]:
    """The content of a page as it is shown, and the drawings that it brings."""
    pictures = {}
    if labs.is_lab(page.file.src_uri):
        html, pictures = labs.clean(html, page, language, labs.outputs(Path(page.file.abs_src_path)))
        search.read(html, page)
    else:
        formulas.recall(f"{language}/{page.file.src_uri}")
        search.read(html.replace(atlas.PLACE, atlas.names()), page)
        html = tables.with_room(html)
        plain = html
        html, page.meta["math"] = formulas.typeset(plain, page.file.src_uri)
        formulas.keep(plain, f"{language}/{page.file.src_uri}")
        html = claims.dress(html, language)
        up = "../" * page.url.count("/")
        html = blocks.downloads(html, language, up)
        top = up if language == "en" else f"{up}../"
        html = blocks.one_file(html, page.file.src_uri, language, top, one_file.offers(page.markdown))
    page.meta["description"] = head.description(html, page.meta, page.title)
    page.meta["card"] = cards.address(page.file.src_uri, language)
    html = blocks.dress(figures.openable(html, language))
    html = atlas.fill(html, language, "../" * page.url.count("/"))
    html, page.meta["declared"] = strict.with_classes(html, page.file.src_uri)
    return html, pictures


def on_post_page(output, page, config):
    return strict.with_policy(frame.without_indents(output))


def on_post_template(output, template_name, config):
    return strict.with_policy(frame.without_indents(output)) if template_name.endswith(".html") else output


def on_page_context(context, page, config, nav):
    context["cite"] = cite.of(page, config)
    language, url = config.theme["language"], page.canonical_url or page.url or "/"
    source = f"docs/{language}/{page.file.src_uri}"
    context["repository"] = repository.links(source, page.title, url, language, config.repo_url)


def on_template_context(context, template_name, config):
    if template_name == "404.html":
        context["missing"] = languages.missing()
        if not config.site_url:
            context["base_url"] = "."
    return context


def on_post_build(config):
    global _others
    if config.theme["language"] != "en":
        return
    if not _others:
        languages.build_korean(config)
    elif _server():
        _others.begin()
    else:
        _others.end()
        _others = None
