"""Where the source of a page is read, changed and complained of: links that only a build with REPO_URL has.

Addresses have the form of GitHub, or of GitLab on a host that is called so. ``HEAD`` is the branch that a repository
shows first, whatever its name.
"""

import re
from html import escape
from urllib.parse import quote, urlsplit

import nbformat

from tools import drawings, pages

_GITHUB = ("edit/HEAD/", "blob/HEAD/", "issues/new?title={}&body={}")
_GITLAB = ("-/edit/HEAD/", "-/blob/HEAD/", "-/issues/new?issue[title]={}&issue[description]={}")
WORDS = {
    "en": {"code": "Code", "error": "Error on the page “{}”", "body": "Page: {}\n\nWhat is wrong, and how you know:\n"},
    "ko": {"code": "코드", "error": "“{}” 페이지의 오류", "body": "페이지: {}\n\n무엇이 틀렸고 어떻게 알 수 있나요:\n"},
}

BRANCH = "notebooks"  # where the workflow that publishes the site puts notebooks, for Colab to open

_ONE_FILE = re.compile(r'<a class="(?P<class>one-file)" (?P<rest>href="[^"]*(?P<file>blocks/\w+)\.py"[^>]*>[^<]*</a>)')
_FILE = re.compile(r'(?<=<span class="filename">)snippets/[\w/]+\.py')
_FIGURE = re.compile(r'<figure\b[^>]* ?id="figure-(?P<name>\w+)"[^>]*>.*?(?=<figcaption)', re.DOTALL)


def _root(repository: str) -> str:
    return repository.rstrip("/").removesuffix(".git") + "/"


def _forms(repository: str) -> tuple[str, str, str]:
    return _GITLAB if "gitlab" in (urlsplit(repository).hostname or "") else _GITHUB


def colab(repository: str, file: str) -> str | None:
    """Where Colab opens a notebook of ``BRANCH``; None if the repository is not on GitHub, from where it takes them."""
    owner = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(?:\.git)?/?", repository or "")
    return f"https://colab.research.google.com/github/{owner[1]}/blob/{BRANCH}/{file}" if owner else None


def notebooks(blocks: dict[str, str], repository: str) -> dict[str, str]:
    """By its address the notebook of each block as one file, in one cell; none where Colab could not open it."""
    if not colab(repository, ""):
        return {}
    return {
        address.removesuffix(".py") + ".ipynb": nbformat.writes(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="block")])
        )
        for address, text in blocks.items()
    }


def links(source: str, title: str, url: str, language: str, repository: str) -> dict[str, str]:
    """Where a page is edited and where an error on it is reported. ``source``: its file; ``url``: where it is read."""
    if not repository:
        return {}
    edit, _, issue = _forms(repository)
    words = WORDS[language]
    about = (quote(words["error"].format(title)), quote(words["body"].format(url)))
    return {"edit": _root(repository) + edit + source, "report": _root(repository) + issue.format(*about)}


def with_sources(html: str, language: str, repository: str) -> str:
    """``html`` in which the name of a file and the caption of a figure lead to the code in the repository.

    A block as one file opens in Colab besides.
    """
    if not repository:
        return html
    if colab(repository, ""):
        html = _ONE_FILE.sub(
            lambda one: (
                f'<span class="one-file"><a {one["rest"]} · '
                f'<a href="{escape(str(colab(repository, one["file"] + ".ipynb")))}">Colab</a></span>'
            ),
            html,
        )
    root = escape(_root(repository) + _forms(repository)[1])
    html = _FILE.sub(lambda file: f'<a class="source" href="{root}{file[0]}">{file[0]}</a>', html)

    def one(figure: re.Match) -> str:
        if figure["name"] not in drawings.names():  # a lab draws its own, in its cells
            return figure[0]
        path, code = pages.name(drawings.path_of(figure["name"])), WORDS[language]["code"]
        link = f'<a class="source" href="{root}{path}" aria-label="{code}: {figure["name"]}.py">{code}</a>'
        return figure[0] + link

    return _FIGURE.sub(one, html)
