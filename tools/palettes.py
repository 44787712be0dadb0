"""From a drawing in the colours of the light palette to the same drawing in those of the dark one.

What is drawn is the same in both, so it is computed and laid out once. Known are the colours of marks and of the
palette, and in pictures the colours of the colour maps that were used. A drawing with any other is drawn twice.
"""

import importlib
import io
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache

NAMES = ("light", "dark")

_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
PICTURE = re.compile(r"(?<=data:image/png;base64,)\s*([^\"]+)")


def maps_of(figure) -> list[str]:
    """The names of the colour maps that a figure uses."""
    mapped = [artist for ax in figure.axes for artist in (*ax.images, *ax.collections)]
    return sorted({artist.get_cmap().name for artist in mapped if artist.get_array() is not None})


def darkened(svg: str, maps: Sequence[str] = ()) -> str | None:
    """``svg`` in the dark colours, or None if it holds a colour that is not known: a shade, or one of another map."""
    if not _marks().keys() >= set(_COLOUR.findall(svg)):
        return None
    light, dark = _pixels(tuple(maps))
    try:
        return PICTURE.sub(lambda picture: "\n" + _picture(picture[1], light, dark), marks_darkened(svg))
    except LookupError:
        return None


def marks_darkened(svg: str) -> str:
    """``svg`` with the dark colours of marks and of what all figures have; whatever has another colour keeps it."""
    colours = _marks()
    return _COLOUR.sub(lambda colour: colours.get(colour[0], colour[0]), svg)


def _style():
    return importlib.import_module("snippets.figures.style")  # not at the top: it needs matplotlib


def _marks() -> dict[str, str]:
    """Colours of the dark palette by those of the light one, of marks and of what all figures have."""
    style = _style()
    light, dark = (style.PALETTES[name] for name in NAMES)
    return {mark.light: mark.dark for mark in style.MARKS.values()} | {light[name]: dark[name] for name in light}


@lru_cache(maxsize=64)
def _pixels(maps: tuple[str, ...]) -> list:
    """The colours of colour maps in the light palette, and the same in the dark one: (N, 3) each, 0 to 255."""
    import numpy as np

    style, found = _style(), []
    for palette in NAMES:
        with style.palette(palette):
            colours = [style.colour_map(name)(np.arange(256), bytes=True)[:, :3] for name in maps]
        found.append(np.concatenate([np.empty((0, 3), np.uint8), *colours]))
    return found


def _picture(data: str, light, dark) -> str:
    """A picture, PNG in base64, with dark pixels for light ones. Raises LookupError for a colour of no map."""
    import numpy as np
    from PIL import Image

    picture = np.array(_opened(data))
    seen = picture[..., 3] > 0
    one_number = picture[seen][:, :3] @ np.array([1 << 16, 1 << 8, 1])  # unique rows are slow to find
    _, first, which = np.unique(one_number, return_index=True, return_inverse=True)
    colours = picture[seen][first, :3]
    far = abs(colours[:, None].astype(int) - light).max(-1, initial=0)  # (colours, N): rounded in different ways
    if not len(light) or far.min(1).max(initial=0) > 2:
        raise LookupError("a colour of no map")
    picture[seen, :3] = dark[far.argmin(1)][which]
    return _smallest(Image.fromarray(picture))


def packed(svg: str) -> str:
    """``svg`` whose pictures have the same pixels in half the bytes."""
    return PICTURE.sub(lambda picture: "\n" + _smallest(_opened(picture[1])), svg) if PICTURE.search(svg) else svg


def _opened(data: str):
    from PIL import Image

    return Image.open(io.BytesIO(b64decode(data))).convert("RGBA")


def _smallest(picture) -> str:
    """PNG in base64: without an alpha where nothing shows through, and with a list of its colours if they are few."""
    kinds = [picture]
    if picture.getextrema()[3] == (255, 255):
        kinds = [picture.convert("RGB")]
        if kinds[0].getcolors(256):
            kinds.append(kinds[0].quantize(256))
    found = []
    for kind in kinds:
        if kind.convert("RGBA").tobytes() == picture.tobytes():
            kind.save(buffer := io.BytesIO(), format="png", optimize=True)
            found.append(buffer.getvalue())
    return b64encode(min(found, key=len)).decode("ascii")
