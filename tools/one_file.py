"""A block of a page as one file: what it imports from ``snippets``, then the block, which then runs wherever it stands.

Only what the block uses is taken, and what that uses in turn. The text of a definition stays as it is, but where two
files give one name to two things: the later one is then called by the name of its file too.
"""

import ast
import builtins
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import ROOT, cache, pages, scopes

_HERE = {"torch", "numpy", "matplotlib"} | sys.stdlib_module_names  # what a reader has
_FILE = re.compile(r"(?:\./)?(?:snippets|tests|docs)/[^\s*]*")
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BUILT_IN = frozenset(dir(builtins))
_now: dict[str, tuple[str | None, str | None]] = {}  # every block of the site: what it is as one file, or why it is not

Thing = tuple[str, str]  # a module of snippets and a name in it; the name is empty where the module itself is meant


@dataclass(frozen=True)
class Imported:
    """A name that an import line brings: ``from module import name as local``, or ``import module`` without a name."""

    module: str
    name: str
    local: str

    @property
    def ours(self) -> bool:
        return self.module.split(".")[0] == "snippets"


@dataclass
class Module:
    """A file of ``snippets``, or the block, whose name is empty."""

    name: str
    path: str
    lines: list[str]
    body: list[ast.stmt]
    imported: dict[str, Imported] = field(default_factory=dict)
    defined: dict[str, list[int]] = field(default_factory=dict)  # the statements of the body that give a name its value
    facts: dict[int, "_Facts"] = field(default_factory=dict)  # of the statements that have been asked for


@dataclass(frozen=True)
class _Facts:
    """What a statement says: names of the top of its module, each with the names that are local there and the attribute
    that is read of it, if one is; files of this site; import lines inside it."""

    names: list[tuple[ast.Name, frozenset[str], str | None]]
    files: list[str]
    imports: list[ast.Import | ast.ImportFrom]


class _Needs:
    """What a block needs, found by following names: statements, modules used as modules, packages, files."""

    def __init__(self, block: Module):
        self.statements: dict[str, set[int]] = {}
        self.uses: dict[tuple[str, int], list[tuple[ast.Name, frozenset[str], Thing]]] = {}
        self.attributes: dict[str, dict[str, Thing | Imported]] = {}  # of modules used as modules
        self.packages: dict[str, Imported] = {}
        self.reads: list[str] = []  # what stands nearest to the block is first
        self.lacks: list[str] = []
        self.wrong: list[str] = []
        self.waiting: list[tuple[Module, int]] = [(block, number) for number in range(len(block.body))]
        for one in block.imported.values():
            self.take(block, _origin(block, one))
        for module, number in self.waiting:  # it grows meanwhile
            if number not in self.statements.setdefault(module.name, set()):
                self.statements[module.name].add(number)
                if not isinstance(module.body[number], ast.Import | ast.ImportFrom):
                    self.follow(module, number)

    def follow(self, module: Module, number: int) -> None:
        """Take what a statement of a module uses."""
        uses = self.uses[module.name, number] = []
        facts = _facts(module, number)
        self.reads += facts.files
        for one in (one for line in facts.imports for one in _imports(line, module.path)):
            self.lack(one)
            if one.ours:
                self.wrong.append(f"{module.path} imports {one.module} in an inner line: import it at the top")
        for name, local, attribute in facts.names:
            if name.id == "__file__":
                self.reads.append(module.path.rpartition("/")[0] + "/")  # finds its files by where it stands
                continue
            thing = _meaning(module, name.id)
            if isinstance(thing, tuple):
                uses.append((name, local, thing))
                if not thing[1] and attribute is None:
                    self.wrong.append(f"{module.path} uses the module {thing[0]} itself: use what is in it")
                elif not thing[1]:
                    self.member(module, thing[0], str(attribute))
            self.take(module, thing)

    def member(self, module: Module, owner: str, name: str) -> None:
        """Take ``owner.name``, which ``module`` uses."""
        source = _module(owner)
        thing = _meaning(source, name) if name in source.defined or name in source.imported else None
        if thing is None or (isinstance(thing, tuple) and not thing[1]):
            raise ValueError(f"{module.path} uses {owner}.{name}, which {owner} does not define")
        self.attributes.setdefault(owner, {})[name] = thing
        self.take(source, thing)

    def take(self, module: Module, thing: Thing | Imported | None) -> None:
        match thing:
            case Imported():
                self.lack(thing)
                if self.packages.setdefault(thing.local, thing) != thing:
                    raise ValueError(f"{module.path} calls by {thing.local!r} what another file does not: rename one")
            case (owner, name) if owner and name:
                self.waiting += [(_module(owner), number) for number in _module(owner).defined[name]]

    def lack(self, one: Imported) -> None:
        if not one.ours and one.module.split(".")[0] not in _HERE:
            self.lacks.append(one.module.split(".")[0])


def as_one_file(block: str) -> str | None:
    """The block with the sources it needs; itself if it imports none; None if it needs a clone (``why_a_clone``)."""
    return _assemble(block, _sources())[0]


def why_a_clone(block: str) -> str | None:
    """What the block needs that only a clone has: a file that it or its sources read, or a package; None if nothing."""
    return _assemble(block, _sources())[1]


def _sources() -> str:
    """A hash of all that a block may need, which is looked for and read again from here on."""
    _path.cache_clear()
    _module.cache_clear()
    return cache.key(sorted((ROOT / "snippets").rglob("*.py")))


@lru_cache(maxsize=1024)
def _assemble(block: str, sources: str) -> tuple[str | None, str | None]:
    page = _taken_apart("", "the block", block)
    ours = [one for one in page.imported.values() if one.ours]
    needs = _Needs(page)
    if needs.reads:
        return None, needs.reads[0]
    if needs.lacks:
        return None, needs.lacks[0]
    if needs.wrong:
        raise ValueError(needs.wrong[0])
    if not ours:
        return block, None
    order = _in_order(page)
    names = _names(page, needs, order)
    parts = [_import_lines(needs.packages.values(), bool(needs.attributes))]
    for module in order:
        parts += _definitions(module, needs, names)
    return "\n\n\n".join([*parts, _rest(page, needs, names)]), None


# Reading


@lru_cache(maxsize=256)
def _read(path: Path, name: str, changed: int) -> Module:
    return _taken_apart(name, path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))


@lru_cache(maxsize=1024)
def _path(name: str) -> Path | None:
    stem = ROOT / name.replace(".", "/")
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


@lru_cache(maxsize=1024)
def _module(name: str) -> Module:
    if (path := _path(name)) is None:
        raise ValueError(f"there is no module {name}")
    return _read(path, name, path.stat().st_mtime_ns)


def _taken_apart(name: str, path: str, text: str) -> Module:
    module = Module(name, path, text.split("\n"), ast.parse(text).body)
    for number, statement in enumerate(module.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module.imported |= {one.local: one for one in _imports(statement, path)}
        else:
            for bound in scopes.bound([statement]):
                module.defined.setdefault(bound, []).append(number)
    return module


def _imports(line: ast.Import | ast.ImportFrom, path: str) -> Iterator[Imported]:
    for alias in line.names:
        if isinstance(line, ast.ImportFrom):
            if line.level or line.module is None or alias.name == "*":
                raise ValueError(f"{path} says `{ast.unparse(line)}`: name the module and what comes from it")
            yield Imported(line.module, alias.name, alias.asname or alias.name)
        else:
            if alias.name.split(".")[0] == "snippets":
                raise ValueError(f"{path} says `{ast.unparse(line)}`: write `from … import …`")
            yield Imported(alias.name, "", alias.asname or alias.name)


def _meaning(module: Module, name: str) -> Thing | Imported | None:
    """What ``name`` is at the top of ``module``; None for what is built in."""
    if name in module.defined:
        return module.name, name
    if name in module.imported:
        return _origin(module, module.imported[name])
    for one in module.imported.values():  # import torch.nn.functional binds torch
        if not one.name and one.local.split(".")[0] == name:
            return one
    if name in _BUILT_IN:
        return None
    raise ValueError(f"{module.path} uses {name!r}, which nothing in it defines or imports")


def _origin(module: Module, one: Imported) -> Thing | Imported | None:
    """What an import line brings, followed to the file that defines it."""
    if not one.ours:
        return one
    if _path(f"{one.module}.{one.name}"):
        return f"{one.module}.{one.name}", ""
    source = _module(one.module)
    if one.name not in source.defined and one.name not in source.imported:
        raise ValueError(f"{module.path} imports {one.name!r} from {one.module}, which does not define it")
    return _meaning(source, one.name)


def _facts(module: Module, number: int) -> _Facts:
    if number not in module.facts:
        statement, above, said = module.body[number], {}, set()
        nodes = [*ast.walk(statement)]
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                above[node.value] = node.attr
            elif isinstance(node, ast.Expr):  # the description of a function or a class
                said.add(node.value)
        strings = [node.value for node in nodes if isinstance(node, ast.Constant) and node not in said]
        module.facts[number] = _Facts(
            [(name, local, above.get(name)) for name, local in scopes.global_names(statement)],
            [text for text in strings if isinstance(text, str) and _FILE.fullmatch(text)],
            [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)],
        )
    return module.facts[number]


# Writing


def _in_order(page: Module) -> list[Module]:
    """Every module that the block imports, in turn, each after those that it imports."""
    found: dict[str, Module] = {}

    def visit(module: Module) -> None:
        for one in module.imported.values():
            if one.ours:
                whole = f"{one.module}.{one.name}"
                name = whole if _path(whole) else one.module
                if name not in found:
                    visit(_module(name))
                    found[name] = _module(name)

    visit(page)
    return [*found.values()]


def _names(page: Module, needs: _Needs, order: list[Module]) -> dict[Thing, str]:
    """What each thing is called in the file: by its name, or by that and its module's if the name is taken."""
    brought = {local: _origin(page, one) for local, one in page.imported.items() if one.ours}
    taken = {*_BUILT_IN, *page.defined, *(local.split(".")[0] for local in needs.packages), "types"}
    if both := {*page.defined} & {*needs.packages} - {*page.imported}:
        raise ValueError(f"the block gives {min(both)!r} a value, but its sources import something of that name")
    names: dict[Thing, str] = {}
    used = taken | brought.keys()
    used |= {name.id for uses in needs.uses.values() for name, _, _ in uses}
    used |= {name for uses in needs.uses.values() for _, local, _ in uses for name in local}
    for module in order:
        stem = module.name.rpartition(".")[2]
        numbers = sorted(needs.statements.get(module.name, ()))
        things = [bound for number in numbers for bound in sorted(scopes.bound([module.body[number]]))]
        for name in dict.fromkeys([*things, *([""] if module.name in needs.attributes else [])]):
            thing, called = (module.name, name), name or stem
            if called in taken or brought.get(called, thing) != thing:
                called = f"{called}_{stem}" if name else f"{stem}_module"
                while called in used:
                    called += "_"
            taken.add(called)
            used.add(called)
            names[thing] = called
    return names


def _import_lines(packages: Iterable[Imported], with_types: bool) -> str:
    groups: dict[bool, tuple[set[str], dict[str, set[str]]]] = {True: (set(), {}), False: (set(), {})}
    for one in [*packages, *([Imported("types", "", "types")] if with_types else [])]:
        whole, parts = groups[one.module.split(".")[0] in sys.stdlib_module_names]
        if one.name:
            renamed = f" as {one.local}" if one.local != one.name else ""
            parts.setdefault(one.module, set()).add(one.name + renamed)
        else:
            whole.add(f"import {one.module}" + (f" as {one.local}" if one.local != one.module else ""))
    texts = []
    for whole, parts in groups.values():
        lines = [*sorted(whole), *(f"from {name} import {', '.join(sorted(parts[name]))}" for name in sorted(parts))]
        texts += ["\n".join(lines)] if lines else []
    return "\n\n".join(texts)


def _definitions(module: Module, needs: _Needs, names: dict[Thing, str]) -> list[str]:
    """What is needed of a module: runs of constants, functions and classes, the first under the name of the file."""
    parts: list[str] = []
    joins = False
    for number in sorted(needs.statements.get(module.name, ())):
        statement, text = module.body[number], _renamed(module, number, needs, names)
        joins, joined = not isinstance(statement, _DEFINES), joins
        if joins and joined:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
    if members := needs.attributes.get(module.name):
        values = {name: thing.local if isinstance(thing, Imported) else names[thing] for name, thing in members.items()}
        said = ", ".join(f"{name}={value}" for name, value in sorted(values.items()))
        parts.append(f"{names[module.name, '']} = types.SimpleNamespace({said})")
    return [f"# {module.path}\n{parts[0]}", *parts[1:]] if parts else []


def _renamed(module: Module, number: int, needs: _Needs, names: dict[Thing, str]) -> str:
    """The text of a statement, with the names that its things have in the file."""
    statement = module.body[number]
    decorators = statement.decorator_list if isinstance(statement, _DEFINES) else []
    start = min([statement.lineno, *(one.lineno for one in decorators)])
    lines = [line.encode() for line in module.lines]
    edits = []
    for name, local, thing in needs.uses[module.name, number]:
        if names[thing] != name.id:
            if names[thing] in local:
                raise ValueError(f"{module.path}, line {name.lineno}: {names[thing]!r} is a local name: rename it")
            edits.append((name.lineno, name.col_offset, name.id, names[thing]))
    if isinstance(statement, _DEFINES) and names[module.name, statement.name] != statement.name:
        before = re.match(rb"(async\s+)?(def|class)\s+", lines[statement.lineno - 1])
        edits.append(
            (statement.lineno, len(before[0]) if before else -1, statement.name, names[module.name, statement.name])
        )
    for line, column, old, new in sorted(edits, reverse=True):
        text = lines[line - 1]
        if text[column : column + len(old.encode())] != old.encode():
            raise ValueError(f"{module.path}, line {line}: {old!r} stands in a string, where it cannot be renamed")
        lines[line - 1] = text[:column] + new.encode() + text[column + len(old.encode()) :]
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            for name in node.names:
                if names.get((module.name, name), name) != name:
                    raise ValueError(f"{module.path}, line {node.lineno}: {name!r} is said to be global: rename it")
    while start > 1 and module.lines[start - 2].startswith("#"):
        start -= 1
    return b"\n".join(lines[start - 1 : statement.end_lineno]).decode()


def _rest(page: Module, needs: _Needs, names: dict[Thing, str]) -> str:
    """The block without its imports; what it calls by another name gets that name first."""
    lines, aliases = [*page.lines], []
    for statement in reversed(page.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            del lines[statement.lineno - 1 : statement.end_lineno]
    for local, one in page.imported.items():
        thing = _origin(page, one)
        if isinstance(thing, Imported) and one.ours and thing.local != local:
            aliases.append(f"{local} = {thing.local}")
        elif isinstance(thing, tuple) and names.get(thing, local) != local:
            aliases.append(f"{local} = {names[thing]}")
    return "\n".join(["# the block", *aliases, "\n".join(lines).strip("\n")]) + "\n"


# On pages


def address(block: str) -> str:
    """Where the site keeps it; the same for the same block in another language, whatever its sources become."""
    return f"blocks/{hashlib.sha256(block.encode()).hexdigest()[:12]}.py"


def offers(markdown: str) -> list[tuple[str | None, str | None]]:
    """For each block that runs, in order: the address of its file if it has one; why it needs a clone if it does."""
    found = []
    for block in _blocks(markdown):
        text, why = _now.get(block) or _assemble(block, _sources())
        found.append((address(block) if text and text != block else None, why))
    return found


def files() -> dict[str, str]:
    """Address in the site and content of every block that is one file, now; ``offers`` says what this has found."""
    _now.clear()
    _now.update(_every())
    return {address(block): text for block, (text, _) in _now.items() if text and text != block}


def _every() -> dict[str, tuple[str | None, str | None]]:
    """Every block of the site, which are the same in all languages. Raises PluginError, naming the page."""
    found: dict[str, str] = {}
    for path in pages.markdown("en"):
        for block in _blocks_of(path, path.stat().st_mtime_ns):
            found.setdefault(block, pages.name(path))

    def make() -> dict[str, tuple[str | None, str | None]]:
        made, sources = {}, _sources()
        for block, page in found.items():
            try:
                made[block] = _assemble(block, sources)
            except (ValueError, SyntaxError) as error:
                raise PluginError(f"{page}: a block cannot be one file: {error}\n{block}") from error
        return made

    made_by = [Path(__file__).resolve(), Path(scopes.__file__).resolve(), *sorted((ROOT / "snippets").rglob("*.py"))]
    return cache.remembered("blocks", lambda: cache.key(made_by, (), *found), make)


@lru_cache(maxsize=256)
def _blocks_of(path: Path, changed: int) -> list[str]:
    return _blocks(path.read_text("utf-8"))


def _blocks(markdown: str) -> list[str]:
    return [fence.body for fence in pages.fences(markdown) if fence.runnable]
