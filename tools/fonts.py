"""Makes the subset fonts of the site from the packages they come from. Run by hand when a glyph is missing.

    npm install katex@0.19.1 @fontsource/source-serif-4@5.3.1 @expo-google-fonts/noto-sans-kr@0.4.3
    pip install "fonttools[woff]"
    python -m tools.fonts node_modules

Headings: Source Serif 4 (OFL, whose reserved name "Source" a changed version must not bear: it is renamed).
Math: KaTeX's commonest fonts with the characters that a page may use; a test names any other.
Korean words in figures, and cards: Noto Sans KR (OFL, the same reserved name) with the characters that stand there now;
a test names any other.
"""

import re
from pathlib import Path

from tools import ROOT, cards, command, drawings, pages

HEADINGS = "".join(map(chr, range(0x20, 0x7F))) + "·–—‘’“”…"
# What formulas of this site use, and what stands beside it; a page loads these two with its first view.
MATH = "".join(map(chr, range(0x61, 0x7B))) + "0123456789()[]+,-./:;<=>~ ELPRTUΓ" + "\u00a0×⋅∣∞ℓ′≈≤≥∈→↦−⊤⌊⌋…"
ITALIC = "".join(map(chr, range(0x61, 0x7B))) + "BDEHKLMNPQRSTUVWX" + "αβγδεζηθλμπρστφψω"
BIG = "()[]{⌊⌋∑⎧⎨⎩\u00a0"
BOARD = "CNQRZ"  # blackboard letters, for sets of numbers


def subset(source: Path, target: Path, characters: str, family: str | None = None) -> None:
    """Write ``source`` with only ``characters`` to ``target``; under another name if ``family`` is given.

    A target that ends in ``.ttf`` is for matplotlib, others for browsers.
    """
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    flavor = None if target.suffix == ".ttf" else "woff2"
    options = tool.Options(flavor=flavor, layout_features=["kern", "liga"], hinting=False)
    font = TTFont(source)
    subsetter = tool.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    if family:
        # pyrefly: ignore[missing-attribute]  # a table's fields are set when it is read
        weight = " Bold" if font["OS/2"].usWeightClass == 700 else ""
        own = {1: family, 3: family + weight, 4: family + weight, 6: (family + weight).replace(" ", ""), 16: family}
        for record in font["name"].names:
            record.string = own.get(record.nameID, record.string)
    font.flavor = flavor
    font.save(target)


def drawn() -> str:
    """Every character of Korean figures and of cards, and every syllable of the Korean pages: one may be drawn next."""
    figure_words = "".join(word for name in drawings.names() for word in drawings.korean(name).values())
    syllables = re.findall("[가-힣]", "".join(path.read_text("utf-8") for path in pages.markdown("ko")))
    return "".join(sorted({*map(chr, range(0x20, 0x7F)), *figure_words, *cards.words(), *syllables}))


if __name__ == "__main__":
    parser = command("fonts", __doc__)
    parser.add_argument("modules", type=Path, metavar="node_modules", help="the folder that npm installed into")
    modules = parser.parse_args().modules
    serif = "@fontsource/source-serif-4/files/source-serif-4-latin-600-normal.woff2"
    subset(modules / serif, ROOT / "docs/assets/fonts/site-serif.woff2", HEADINGS, "Site Serif")
    sizes = {f"Size{k}-Regular": BIG for k in (1, 2, 3, 4)}
    for font, characters in {"Main-Regular": MATH, "Math-Italic": ITALIC, "AMS-Regular": BOARD, **sizes}.items():
        file = f"KaTeX_{font}.woff2"
        subset(modules / "katex/dist/fonts" / file, ROOT / "docs/assets/katex/fonts" / file, characters)
    for weight, file in (("regular", "400Regular/NotoSansKR_400Regular"), ("bold", "700Bold/NotoSansKR_700Bold")):
        target = ROOT / f"snippets/figures/fonts/site-sans-kr-{weight}.ttf"
        subset(modules / f"@expo-google-fonts/noto-sans-kr/{file}.ttf", target, drawn(), "Site Sans KR")
