"""Makes the two subset fonts of the site from the packages they come from. Run by hand when a glyph is missing.

    npm install katex@0.19.1 @fontsource/source-serif-4@5.3.1
    pip install "fonttools[woff]"
    python -m tools.fonts node_modules

Headings: Source Serif 4 (OFL, whose reserved name "Source" a changed version must not bear: it is renamed).
Math: KaTeX's commonest fonts with the characters that a page may use; a test names any other.
"""

import sys
from pathlib import Path

from tools import ROOT

HEADINGS = "".join(map(chr, range(0x20, 0x7F))) + "·–—‘’“”…"
MATH = "".join(map(chr, range(0x20, 0x7F))) + "ΓΔΘΛΣΦΩ\u00a0·×±⋅∗∘∣∥∞∂∇ℓ′√∼≈≡≠≤≥≪≫∝∈∉∑∏∫⊕⊗⊤⊥←→↔⇒↦⟨⟩⌊⌋⌈⌉…⋯⋮⋱−ˆˉ˙˜⃗"
ITALIC = "".join(map(chr, [*range(0x41, 0x5B), *range(0x61, 0x7B)])) + "αβγδεζηθκλμνξπρστφψωϵ"
BIG = "()[]{}/\\|⟨⟩⌊⌋⌈⌉√∑∏∫∣∥⋃⋂⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎪⎫⎬⎭\u00a0\u2216"
BOARD = "".join(map(chr, range(0x41, 0x5B)))  # blackboard letters, for the set of real numbers


def subset(source: Path, target: Path, characters: str, family: str | None = None) -> None:
    """Write ``source`` with only ``characters`` to ``target``; under another name if ``family`` is given."""
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    options = tool.Options(flavor="woff2", layout_features=["kern", "liga"], hinting=False)
    font = TTFont(source)
    subsetter = tool.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    if family:
        for record in font["name"].names:
            if record.nameID in (1, 3, 4, 6, 16):
                record.string = family.replace(" ", "") if record.nameID == 6 else family
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    modules = Path(sys.argv[1])
    serif = "@fontsource/source-serif-4/files/source-serif-4-latin-600-normal.woff2"
    subset(modules / serif, ROOT / "docs/assets/fonts/site-serif.woff2", HEADINGS, "Site Serif")
    sizes = {f"Size{k}-Regular": BIG for k in (1, 2, 3, 4)}
    for font, characters in {"Main-Regular": MATH, "Math-Italic": ITALIC, "AMS-Regular": BOARD, **sizes}.items():
        file = f"KaTeX_{font}.woff2"
        subset(modules / "katex/dist/fonts" / file, ROOT / "docs/assets/katex/fonts" / file, characters)
