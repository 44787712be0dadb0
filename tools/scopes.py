"""Which names of a piece of Python are its own, and which are looked up at the top of its module."""

import ast
from collections.abc import Iterable, Iterator

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that these statements give a value to, but not those of functions and classes inside them."""
    found, elsewhere, waiting = set(), set(), [*nodes]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                found |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Global(names=names):
                elsewhere |= {*names}
        waiting += ast.iter_child_nodes(node)
    return found - elsewhere


def global_names(
    node: ast.AST, local: frozenset[str] = frozenset(), own: frozenset[str] = frozenset()
) -> Iterator[tuple[ast.Name, frozenset[str]]]:
    """Every name in ``node`` that is looked up at the top of its module, with the names that are local there.

    local: names of the functions around it. own: of the class whose body it is, which functions inside do not see.
    """
    if isinstance(node, ast.Name):
        if node.id not in local | own:
            yield node, local | own
        return
    inside: list[ast.AST] = []
    names, kept = local, frozenset()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = [*node.body] if isinstance(node.body, list) else [node.body]
        names |= bound(inside) | {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    elif isinstance(node, ast.ClassDef):
        inside += node.body
        kept = frozenset(bound(node.body))
    elif isinstance(node, _COMPREHENSIONS):
        first = node.generators[0].iter
        yield from global_names(first, local, own)
        targets = [one.target for one in node.generators]
        names |= bound(targets)
        inside = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)]
        for one in node.generators:
            inside += [one.target, *one.ifs, *([] if one.iter is first else [one.iter])]
    for child in ast.iter_child_nodes(node):
        if child not in inside and not isinstance(child, ast.comprehension):
            yield from global_names(child, local, own)
    for child in inside:
        yield from global_names(child, names, kept)
