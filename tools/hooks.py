"""MkDocs hooks, thin on purpose: each calls plain functions of one module of ``tools``."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mkdocs.structure.files import File

from tools import ROOT, citations, claims, figures, formulas, labs, languages, measured, pages, schemes, serve

_DOWNLOAD = {"en": "Download", "ko": "내려받기"}


def on_config(config):
    labs.prepare(config)


def on_files(files, config):
    """One copy of the assets and one drawing of each figure serve both languages."""
    for path in sorted((ROOT / "docs/assets").rglob("*")):
        if path.is_file():
            source = path.relative_to(ROOT / "docs").as_posix()
            files.append(File(source, str(ROOT / "docs"), config.site_dir, config.use_directory_urls))
    for name in figures.names():
        for palette, svg in figures.draw(name).items():
            files.append(File.generated(config, figures.address(name, palette), content=svg))
    for path in [*sorted((ROOT / "snippets").glob("schemes/*.py")), ROOT / "snippets/attention.py"]:
        if path.stem != "__init__":
            address = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, address, content=path.read_text(encoding="utf-8")))
    for address, table in measured.downloads().items():
        files.append(File.generated(config, address, content=table))
    for address, notebook in labs.downloads(config.theme["language"]).items():
        files.append(File.generated(config, address, content=notebook))
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
    markdown = figures.expand(markdown, source)
    if citations.PLACE in markdown:
        markdown = markdown.replace(citations.PLACE, citations.listing(config.theme["language"]))
    if schemes.PLACE in markdown:
        markdown = markdown.replace(schemes.PLACE, schemes.table(config.theme["language"]))
    markdown = citations.link(markdown, source, up)
    return pages.in_prose(markdown, lambda piece: re.sub(r"(?<=\d) %", "\u00a0%", piece))


def on_page_content(html, page, config, files):
    if labs.is_lab(page.file.src_uri):
        html, pictures = labs.clean(html, page, config.theme["language"])
        for address, picture in pictures.items():
            files.append(File.generated(config, address, content=picture))
        return html
    html, page.meta["math"] = formulas.typeset(html, page.file.src_uri)
    html = claims.dress(html, config.theme["language"])
    html = re.sub(r'<span class="[nw]">([^<]*)</span>', r"\1", html)  # names and spaces look like all code
    up = "../" * page.url.count("/")
    link = rf'<span class="filename">\1<a href="{up}\1" download>{_DOWNLOAD[config.theme["language"]]}</a></span>'
    return re.sub(r'<span class="filename">(snippets/[\w/]+\.py)</span>', link, html)


def on_post_build(config):
    if config.theme["language"] == "en":
        languages.build_korean(config)
