"""A page says itself what a browser may load and run for it: what the site holds, and no line more.

The Content-Security-Policy of a page allows no style attribute and no script in the page but those of the theme, which
it names by their hash. KaTeX sets formulas by style attributes, so the build makes a class of the same name of each::

    <span class="strut" style="height:1em;top:-3em;">        becomes
    <span class="strut height:1em;top:-3em">                 and a sheet of the page says
    .height\\:1em\\;top\\:-3em{height:1em!important;top:-3em!important}

``!important``, since an attribute is stronger than any sheet as well.
"""

import re
from base64 import b64encode
from hashlib import sha256

from mkdocs.exceptions import PluginError

SHEET = "declared.css"  # beside each page that needs one
META = '<meta http-equiv="Content-Security-Policy" content="{}">'

# Firefox takes no file for the site's own when a page is read from disk, hence file:. A page on a host can load none.
_POLICY = (
    "default-src 'self' file:; img-src 'self' file: data:; script-src 'self' file: {}; object-src 'none'; "
    "base-uri 'self'; form-action 'self'"
)
_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.DOTALL)
_STYLED = re.compile(r'<(?P<before>\w[^<>]*) style="(?P<style>[^"]*)"(?P<after>[^<>]*)>')
_CLASS = re.compile(r' class="[^"]*')
_DECLARATION = re.compile(r"[\w-]+:[^:;{}\\]+")


def policy(html: str) -> str:
    """The policy of a page: nothing of another host, and of the scripts in the page those that it has now."""
    hashes = {b64encode(sha256(script.encode()).digest()).decode() for script in _SCRIPT.findall(html)}
    return _POLICY.format(" ".join(f"'sha256-{one}'" for one in sorted(hashes)))


def with_policy(html: str) -> str:
    """A whole page that says its policy before anything that the policy is about."""
    return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{META.format(policy(html))}', 1)


def without_policy(html: bytes) -> bytes:
    """A whole page as the server shows it, which adds a script of its own."""
    return re.sub(META.format("[^>]*").encode(), b"", html, count=1)


def with_classes(html: str, page: str) -> tuple[str, list[str]]:
    """``html`` with a class in place of each style attribute, and what the attributes declared, each once.

    Raises PluginError that names the page for a style that cannot be taken apart.
    """
    found = set()

    def one(tag: re.Match) -> str:
        style = re.sub(r"\s*([:;])\s*", r"\1", tag["style"].strip()).rstrip(";")
        if not all(map(_DECLARATION.fullmatch, style.split(";"))):
            raise PluginError(f"{page}: no class can stand for style={tag['style']!r}; write one in site.css")
        found.add(style)
        name = _name(style)
        rest, times = _CLASS.subn(lambda own: f"{own[0]} {name}", tag["before"] + tag["after"], count=1)
        return f"<{rest}>" if times else re.sub(r"^\w+", lambda start: f'<{start[0]} class="{name}"', rest) + ">"

    return _STYLED.sub(one, html), sorted(found)


def sheet(declared: list[str]) -> str:
    """The rules of the classes that stand for these styles."""
    return "".join(map(_rule, declared))


def _name(style: str) -> str:
    return re.sub(r"\s+", "_", style)


def _rule(style: str) -> str:
    declared = ";".join(f"{one}!important" for one in style.split(";"))
    return "." + re.sub(r"([^\w-])", r"\\\1", _name(style)) + "{" + declared + "}\n"
