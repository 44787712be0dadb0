"""Figures on pages. A page shows one with one image line::

    ![what a reader who cannot see it should know](../assets/figures/NAME.svg "caption: what to see")

The build numbers the figures of a page, sets the first sentence of each caption bold, lets a click open the drawing
as large as the screen, and shows narrow screens a drawing that is made for them. ``python -m tools.figures NAME
FILE.svg`` draws one of them into a file.
"""

import re
from itertools import count
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import LANGUAGES, command, drawings, live, palettes, write_whole

LINE = re.compile(
    r"^!\[(?P<alt>[^\]\n]*)\]\((?P<up>(?:\.\./)*)assets/figures/(?P<name>[\w-]+)\.svg"
    r"(?:\s+\"(?P<caption>[^\"\n]*)\")?\)[ ]*$",
    re.MULTILINE,
)
_SHOWN = re.compile(
    r'<figure\b[^>]* ?id="(?P<id>figure-[^"]+)"[^>]*>\s*<p>(?P<images>.*?)</p>(?P<end>.*?)</figure>', re.DOTALL
)
_IMAGE = re.compile(r'<img\b[^>]*\bsrc="(?P<folder>[^"]*/)[^"/]+\.svg#[^"]*"[^>]*>')
_NARROW = re.compile(r' data-narrow="([\w-]+) (\d+) (\d+)"')
SCREENS = "screen and (max-width: 40em)"  # the narrow ones
_WHOLE = re.compile(r"\$[^$]*\$|`[^`]*`|\[@[^\]]*\]|\([^()]*\)")  # what holds no end of a sentence
WORDS = {
    "en": {"figure": "Figure {}", "open": "Open figure {} large", "close": "Close"},
    "ko": {"figure": "그림 {}", "open": "그림 {} 크게 보기", "close": "닫기"},
}


def shown(markdown: str) -> list[str]:
    """The figures that a page's Markdown shows, in order."""
    return [match["name"] for match in LINE.finditer(markdown)]


def files(language: str) -> dict[str, str]:
    """The drawings that the site of a language shows, by their address."""
    found = {}
    for name in drawings.names():
        drawn = drawings.draw(name)
        for narrow in (False, True):
            kinds = drawings.of_language(name, language, narrow).values()
            found |= {drawings.address(name, kind): drawn[kind] for kind in kinds}
    return found


def expand(markdown: str, page: str, language: str = "en") -> str:
    """Each image line of a figure as a ``<figure>``: both palettes, a caption that is Markdown too, with its number."""
    numbers = count(1)

    def one(match: re.Match) -> str:
        name, alt, caption = match["name"], match["alt"].strip(), (match["caption"] or "").strip()
        if name not in drawings.names():
            raise PluginError(f"{page}: no figure is called {name!r}: snippets/figures has no folder with {name}.py")
        if not alt or not caption:
            raise PluginError(f"{page}: the figure {name!r} needs an alternative text and a caption")
        drawn, lines = drawings.draw(name), []
        wide, narrow = (drawings.of_language(name, language, kind) for kind in (False, True))
        for palette in palettes.NAMES:
            width, height = drawings.size(drawn[wide[palette]])
            size = "{} {}".format(*drawings.size(drawn[narrow[palette]]))
            lines.append(
                f"![{alt}]({match['up']}{drawings.address(name, wide[palette])}#only-{palette})"
                f'{{ width="{width}" height="{height}" loading="lazy" data-narrow="{name}-{narrow[palette]} {size}" }}'
            )
        images = "\n".join(lines)
        number = WORDS[language]["figure"].format(next(numbers))
        return (
            f'<figure id="figure-{name}" class="figure"{live.attributes(name)} markdown="block">\n{images}\n'
            f'<figcaption markdown="span"><a class="number" href="#figure-{name}">{number}</a> '
            f"{opened(caption)}</figcaption>\n</figure>"
        )

    return LINE.sub(one, markdown)


def opened(caption: str) -> str:
    """A caption whose first sentence is bold, if it does not begin with bold words of its own."""
    if caption.startswith("**"):
        return caption
    masked = _WHOLE.sub(lambda match: "x" * len(match[0]), caption)
    end = re.search(r"(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\bal)[.?!](?=\s|$)", masked)
    place = end.end() if end else len(caption)
    return f"<strong>{caption[:place]}</strong>{caption[place:]}"


def openable(html: str, language: str) -> str:
    """The HTML of a page with the narrow drawings beside the wide ones, which a click or a key opens large.

    It needs no script and, but for the narrow drawings, no other file.
    """
    numbers, words = count(1), WORDS[language]

    def one(match: re.Match) -> str:
        number, large = next(numbers), match["id"].replace("figure-", "large-", 1)
        begin, images = match[0][: match.start("images") - match.start()], match["images"]
        return (
            f'{begin}{_IMAGE.sub(_with_narrow, images)}<button type="button" class="open" popovertarget="{large}" '
            f'aria-label="{words["open"].format(number)}"></button></p>'
            f'<div class="large" id="{large}" popover role="dialog" aria-label="{words["figure"].format(number)}">'
            f'<button type="button" class="md-button" autofocus popovertarget="{large}" popovertargetaction="hide">'
            f"{words['close']}</button>{_NARROW.sub('', images).strip()}</div>{match['end']}</figure>"
        )

    return _SHOWN.sub(one, html)


def _with_narrow(image: re.Match) -> str:
    """An image of a page, and for a narrow screen the drawing that is made for it, from the same folder."""
    found = _NARROW.search(image[0])
    if found is None:
        return image[0]
    name, width, height = found.groups()
    return (
        f'<picture><source media="{SCREENS}" srcset="{image["folder"]}{name}.svg" width="{width}" height="{height}">'
        f"{_NARROW.sub('', image[0])}</picture>"
    )


def main() -> None:
    parser = command("figures", __doc__)
    parser.add_argument("name", choices=drawings.names(), metavar="NAME", help="a file of snippets/figures, no suffix")
    parser.add_argument("file", type=Path, metavar="FILE.svg", help="where to write it; what is there is replaced")
    parser.add_argument("--palette", choices=palettes.NAMES, default="light")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of its words, if it has Korean ones")
    parser.add_argument("--narrow", action="store_true", help="as a phone shows it")
    asked = parser.parse_args()
    language = asked.language if drawings.korean(asked.name) else "en"
    write_whole(asked.file, drawings.drawn_in(asked.name, asked.palette, asked.narrow)[0][language])


if __name__ == "__main__":
    main()
