"""No mark of a figure hangs on the last bits of a computation: they differ with threads, processors and libraries.

Every figure is drawn twice, once with each inexact result of torch (a sum, a product of matrices, a sine) and each of
numpy that comes from a stored array wrong in its last bits. Nothing may move by more than a ten-thousandth of the
hundredth of a point to which ``tools.figures`` rounds: the chance that a coordinate then falls on the other side is
too small to meet. What is computed in float32 moves a hundred times as far, and what is trained there anywhere.
"""

import importlib
import os
import subprocess
import sys
from functools import cache
from zlib import crc32

import numpy as np
import pytest
import torch
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from tools import ROOT, drawings

load = np.load
BITS = 16  # units in the last place: as a sum of a few hundred terms in another order
FAR = 1e-6  # points, and a millionth of the range of a colour map

# What processors and libraries agree on to the last bit, and what only moves numbers about.
EXACT = set(
    """
    abs add alias amax amin aminmax arange argmax argmin argsort as_strided cat ceil chunk clamp clamp_max
    clamp_min clone complex conj constant_pad_nd contiguous copy detach diagonal div embedding empty expand eye
    flip floor full full_like gather histogram imag index index_put index_select lift_fresh linspace masked_fill
    max maximum min minimum mul neg new_empty new_full new_ones new_zeros ones ones_like permute rand randint
    randn randperm real reciprocal relu repeat reshape roll round rsub scalar_tensor select sign slice sort
    split sqrt squeeze stack sub t to_copy topk transpose tril triu unbind unfold unsafe_view unsqueeze view
    view_as_complex view_as_real where zeros zeros_like
    """.split()  # noqa: SIM905
)
EXACT_OF_NUMPY = {"absolute", "add", "conjugate", "divide", "multiply", "negative", "sqrt", "square", "subtract"}


@cache
def factor(shape, kind, name):
    """Close to 1 in every entry, by a few units in the last place of the dtype; other for every operation."""
    moved = np.random.default_rng(crc32(name.encode())).integers(-BITS, BITS + 1, size=shape)
    if isinstance(kind, torch.dtype):
        return (1 + torch.from_numpy(np.asarray(moved)) * torch.finfo(kind).eps).to(kind)
    return (1 + moved * np.finfo(kind).eps).astype(kind)


class Torch(TorchDispatchMode):
    """While it is on, inexact results are wrong in their last bits."""

    seen = False  # whether there was any

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        name = function.__name__.split(".")[0]
        if name.removeprefix("_") in EXACT or name.endswith("_"):
            return result
        return tree_map_only(torch.Tensor, lambda values: self.wrong(values, name), result)

    def wrong(self, values, name):
        if not values.is_floating_point() and not values.is_complex():
            return values
        self.seen = True
        return values * factor(values.shape, (values.real if values.is_complex() else values).dtype, name)


class Array(np.ndarray):
    """A stored array; what is computed of it is wrong in its last bits."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs, out = (tuple(map(_plain, values)) for values in (inputs, kwargs.pop("out", ())))
        result = getattr(ufunc, method)(*inputs, **kwargs, **({"out": out} if out else {}))
        exact = method == "__call__" and ufunc.__name__ in EXACT_OF_NUMPY
        if not exact and getattr(result, "dtype", np.dtype(bool)).char in "fdFD":
            result *= factor(result.shape, result.real.dtype, ufunc.__name__)
        return result.view(Array) if isinstance(result, np.ndarray) and not out else result


def _plain(value):
    return value.view(np.ndarray) if isinstance(value, Array) else value


class Stored:
    """A file of stored arrays."""

    def __init__(self, path):
        with load(path) as file:
            self.arrays = {name: file[name] for name in file.files}
        self.files = list(self.arrays)

    def __getitem__(self, name):
        array = self.arrays[name]
        return array.view(Array) if array.dtype.kind == "f" else array


def drawn(name):
    """A figure, from modules imported anew."""
    for module in [module for module in sys.modules if module.split(".")[0] == "snippets"]:
        del sys.modules[module]
    style = importlib.import_module("snippets.figures.style")
    with style.palette("light"):
        return drawings.module(name).draw()


def marks(figure):
    """What is drawn, in order: (kind, what must be equal, numbers in points or in shares of a colour map's range)."""
    for artist in figure.findobj():
        size = 72 / figure.dpi
        if isinstance(artist, Line2D):
            place = artist.get_transform().transform(artist.get_xydata().astype(float))
            yield "line", (to_rgba(artist.get_color()), to_rgba(artist.get_markerfacecolor())), size * place
        elif isinstance(artist, AxesImage):
            norm = artist.norm(np.ma.filled(artist.get_array().astype(float), np.nan))
            yield "image", (), np.concatenate((np.ravel(np.clip(norm, 0, 1)), artist.get_extent()))
        elif isinstance(artist, Collection):
            paths = [artist.get_transform().transform_path(path).vertices for path in artist.get_paths()]
            places = [artist.get_offset_transform().transform(artist.get_offsets())]
            values = [] if artist.get_array() is None else [artist.norm(np.ravel(artist.get_array()))]
            numbers = np.concatenate([np.ravel(part) for part in (*paths, *places, *values)])
            yield "collection", tuple(map(to_rgba, artist.get_facecolor())), size * numbers
        elif isinstance(artist, Patch):
            path = artist.get_transform().transform_path(artist.get_path())
            yield "patch", to_rgba(artist.get_facecolor())[:3], np.append(size * path.vertices, artist.get_alpha() or 1)
        elif isinstance(artist, Text):
            place = artist.get_transform().transform(artist.get_position())
            yield "text", (artist.get_text(), to_rgba(artist.get_color())), size * np.asarray(place)


@pytest.mark.parametrize("name", drawings.names())
def test_no_mark_hangs_on_last_bits(name, monkeypatch):
    loaded = []
    with monkeypatch.context() as patch, Torch() as mode:
        patch.setattr(np, "load", lambda path: loaded.append(path) or Stored(path))
        nudged = drawn(name)
    if not mode.seen and not loaded:
        return  # nothing inexact was computed
    for one, other in zip(marks(drawn(name)), marks(nudged), strict=True):
        assert one[:2] == other[:2], f"{name}: last bits change what is drawn: {one[:2]} or {other[:2]}"
        here, there = (np.nan_to_num(np.asarray(numbers, float)) for numbers in (one[2], other[2]))
        assert here.shape == there.shape, f"{name}: last bits change how much is drawn"
        moved = abs(here - there).max(initial=0)
        assert moved < FAR, f"{name}: last bits move a {one[0]} by {moved:.1e}: compute it in float64, or store it"


# Those that once came out differently, and those that take large products, means and decompositions apart.
THREADED = ["gallery_matrix", "glasses", "learned", "minilm_positions", "no_decay", "rope", "table_in_training"]
DRAW = """
import hashlib, sys, torch
from tools import ROOT, drawings
torch.set_num_threads(int(sys.argv[1]))
for name in sys.argv[2:]:
    print(name, hashlib.sha256("".join(drawings._draw_now(name).values()).encode()).hexdigest())
"""


def test_a_figure_is_the_same_with_one_thread_and_with_two():
    drawings = [
        subprocess.Popen(
            [sys.executable, "-c", DRAW, threads, *THREADED],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    one, two = (process.communicate()[0].splitlines() for process in drawings)
    assert len(one) == len(THREADED) and one == two, f"the number of threads changes {sorted(set(one) ^ set(two))}"
