"""The scripts of live figures in a JavaScript engine, without a browser."""

import json
import re
from functools import lru_cache

import numpy as np
from py_mini_racer import MiniRacer

from tools import live

EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|let)\s+([\w$]+))", re.MULTILINE)
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./kit\.js"$\n?', re.MULTILINE)


class Module:
    """The exports of ``snippets/live/NAME.js`` as Python calls; ``data`` is what its Python file stores."""

    def __init__(self, name: str):
        self.name, self.data = name, live.data(name) if live.has_data(name) else None
        self._engine = MiniRacer()
        self._engine.eval(f"globalThis.kit = {whole('kit')}")
        if name != "kit":
            self._engine.eval(f"globalThis.module = {whole(name)}; globalThis.data = {json.dumps(self.data)}")

    def call(self, function: str, *arguments):
        """What an exported function returns; numbers that are not finite come back as None."""
        return self._engine.call(f"{'kit' if self.name == 'kit' else 'module'}.{function}", *arguments)

    def grid(self, function: str, points: list) -> list:
        """What it returns at each point, a list of arguments, in one call."""
        return self._engine.call(f"(points => points.map(point => module.{function}(...point)))", points)

    @property
    def state(self) -> dict:
        return self._engine.call("(() => module.state)")

    def words(self, language: str) -> dict:
        return self._engine.call("(language => module.words[language])", language)

    def controls(self, language: str = "en", **changed) -> list[dict]:
        return self._seen("controls", "data", language, changed)

    def say(self, language: str = "en", **changed) -> str:
        return self._seen("say", "data", language, changed)

    def draw(self, width: int = 700, language: str = "en", **changed) -> str:
        return self._seen("draw", f"{{width: {width}, data}}", language, changed)

    def _seen(self, function: str, third: str, language: str, changed: dict):
        unknown = changed.keys() - self.state.keys()
        assert not unknown, f"{self.name} has no state {sorted(unknown)}"
        script = f"(more, language) => module.{function}({{...module.state, ...more}}, module.words[language], {third})"
        return self._engine.call(f"({script})", changed, language)

    def restored(self, **raw: str) -> dict:
        """The state that these texts of an address lead to."""
        return self._engine.call("(raw => kit.restored(module, raw, module.words.en, data))", raw)


@lru_cache(maxsize=64)
def load(name: str) -> Module:
    """The module of a live figure, or the pure part of "kit" itself."""
    return Module(name)


def compare(name: str, function: str, points: list, wanted: list, atol: float) -> None:
    """Assert that a formula gives what Python gives, at 200 points or more: numbers, or lists of them."""
    assert len(points) >= 200, f"{len(points)} points are too few"
    for point, one, other in zip(points, load(name).grid(function, points), wanted, strict=True):
        said = [value for value in point if not isinstance(value, list | dict)]
        one, other = np.asarray(one, float), np.asarray(other, float)
        assert one.shape == other.shape, f"{function} of {name}.js gives {one.shape} at {said}, Python {other.shape}"
        gap = np.abs(one - other).max()
        assert gap <= atol, f"{function} of {name}.js differs by {gap:.3g} at {said}: {one}, Python has {other}"


def source(name: str) -> str:
    return (live.FOLDER / f"{name}.js").read_text("utf-8")


def whole(name: str) -> str:
    """A module as an expression whose value is an object of its exports."""
    text = source(name)
    imported = IMPORT.search(text)
    taken = f"const {{{imported[1]}}} = kit\n" if imported else ""
    exports = ", ".join(EXPORT.findall(text))
    text = IMPORT.sub("", EXPORT.sub("", text)).replace("import.meta.url", '""')
    return f"(() => {{\n{taken}{text}\nreturn {{ {exports} }}\n}})()"
