"""MkDocs hooks, thin on purpose: each calls plain functions of one module of ``tools``."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mkdocs.structure.files import File

from tools import (
    ROOT,
    blocks,
    cards,
    citations,
    claims,
    figures,
    formulas,
    head,
    labs,
    languages,
    measured,
    pages,
    schemes,
    search,
    serve,
)

_DOWNLOAD = {"en": "Download", "ko": "내려받기"}


def on_config(config):
    labs.prepare(config)
    search.take_over(config)


def on_files(files, config):
    """One copy of the assets and one drawing of each figure serve both languages."""
    for path in sorted((ROOT / "docs/assets").rglob("*")):
        if path.is_file():
            source = path.relative_to(ROOT / "docs").as_posix()
            files.append(File(source, str(ROOT / "docs"), config.site_dir, config.use_directory_urls))
    for address, svg in figures.files(config.theme["language"]).items():
        files.append(File.generated(config, address, content=svg))
    for path in [*sorted((ROOT / "snippets").glob("schemes/*.py")), ROOT / "snippets/attention.py"]:
        if path.stem != "__init__":
            address = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, address, content=path.read_text(encoding="utf-8")))
    for address, table in measured.downloads().items():
        files.append(File.generated(config, address, content=table))
    for address, notebook in labs.downloads(config.theme["language"]).items():
        files.append(File.generated(config, address, content=notebook))
    for address, picture in cards.files(config.theme["language"]).items():
        files.append(File.generated(config, address, content=picture))
    return files


def on_nav(nav, config, files):
    serve.BUILT[config.theme["language"]] = serve.Built(config, files, nav)


def on_env(env, config, files):
    serve.BUILT[config.theme["language"]].read(env)


def on_serve(server, config, builder):
    return serve.take_over(server, config, builder)


def on_page_markdown(markdown, page, config, files):
    if labs.is_lab(page.file.src_uri):
        return markdown
    source, up = page.file.src_uri, "../" * page.file.src_uri.count("/")
    markdown = figures.expand(markdown, source, config.theme["language"])
    if citations.PLACE in markdown:
        markdown = markdown.replace(citations.PLACE, citations.listing(config.theme["language"]))
    if schemes.PLACE in markdown:
        markdown = markdown.replace(schemes.PLACE, schemes.table(config.theme["language"]))
    markdown = citations.link(markdown, source, up)
    return pages.in_prose(markdown, lambda piece: re.sub(r"(?<=\d) %", "\u00a0%", piece))


def on_page_content(html, page, config, files):
    search.read(html, page)
    language = config.theme["language"]
    if labs.is_lab(page.file.src_uri):
        html, pictures = labs.clean(html, page, language)
        for address, picture in pictures.items():
            files.append(File.generated(config, address, content=picture))
    else:
        html, page.meta["math"] = formulas.typeset(html, page.file.src_uri)
        html = claims.dress(html, language)
        html = re.sub(r'<span class="[nwpo]">([^<]*)</span>', r"\1", html)  # names and signs look like all code
        up = "../" * page.url.count("/")
        link = rf'<span class="filename">\1<a href="{up}\1" download>{_DOWNLOAD[language]}</a></span>'
        html = re.sub(r'<span class="filename">(snippets/[\w/]+\.py)</span>', link, html)
    page.meta["description"] = head.description(html, page.meta, page.title)
    page.meta["card"] = cards.address(page.file.src_uri, language)
    return blocks.dress(html)


def on_template_context(context, template_name, config):
    if template_name == "404.html":
        context["missing"] = languages.missing()
        if not config.site_url:
            context["base_url"] = "."
    return context


def on_post_build(config):
    if config.theme["language"] == "en":
        languages.build_korean(config)
