"""Short private names: each name that is shipped is kept in the device's RAM for ever.

Owns one rewriting of MicroPython sources: private names (`_like_this`) of modules, methods and
attributes become `_a`, `_b`, ..., the same ones in every module, and so do parameters that no call
names. Nothing public changes, and nothing that runs. Must never know what a name means.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count

from host_tools.build.fold import text

_FIELDS = ("id", "attr", "name", "arg")  # of nodes, where names are
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def shorten(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules (dotted name -> source text) with short private names."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    keywords = {
        one.arg
        for tree in trees.values()
        for one in ast.walk(tree)
        if isinstance(one, ast.keyword)
    }
    names = _short(trees)
    return {
        name: text(_Shortener(names[name], keywords).visit(tree)) for name, tree in trees.items()
    }


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


def _names(tree: ast.AST) -> Iterator[str]:
    """Every private name in a tree, but for those that are imported."""
    imported = {one.name for one in ast.walk(tree) if isinstance(one, ast.alias)}
    for node in ast.walk(tree):
        for field in _FIELDS:
            name = getattr(node, field, None)
            if isinstance(name, str) and _private(name) and name not in imported:
                yield name


def _short(trees: Mapping[str, ast.Module]) -> dict[str, dict[str, str]]:
    """Choose a short name for each private name, by module.

    Modules whose classes inherit from each other share their names; a name that is met in several
    such families is one name in all of them, as it may be an attribute that one sets for another.
    """
    families = _families(trees)
    users: dict[str, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        for name in _names(tree):
            users[name].add(families[module])
    fresh = count()
    shared = {name for name in users if len(users[name]) > 1}
    common = {name: _letters(next(fresh)) for name in sorted(shared)}
    chosen: dict[str, dict[str, str]] = {}
    for family in set(families.values()):
        own = sorted(name for name in users if users[name] == {family} and name not in shared)
        after = count(len(common))
        chosen[family] = common | {name: _letters(next(after)) for name in own}
    return {module: chosen[family] for module, family in families.items()}


def _families(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    """Return for each module the eldest one that its classes descend from."""
    parents: dict[str, str] = {}
    for module, tree in trees.items():
        bases = {
            base.id
            for node in tree.body
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if isinstance(base, ast.Name)
        }
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module in trees:
                if bases & {alias.asname or alias.name for alias in node.names}:
                    parents[module] = node.module
    eldest = {}
    for module in trees:
        root = module
        while root in parents:
            root = parents[root]
        eldest[module] = root
    return eldest


def _letters(number: int) -> str:
    """Return the name of this number: _a ... _z, _aa, _ab, ..."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, len(_LETTERS))
        name = _LETTERS[letter] + name
    return "_" + name


class _Shortener(ast.NodeTransformer):
    """Rewrites one module."""

    def __init__(self, names: Mapping[str, str], keywords: set[str | None]) -> None:
        self.names = names
        self.keywords = keywords

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Rename whatever bears a private name."""
        for field in _FIELDS:
            name = getattr(node, field, None)
            if isinstance(name, str) and _private(name) and name in self.names:
                setattr(node, field, self.names[name])
        return super().generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Rename parameters, which are local to a function, too."""
        inner = [one for one in ast.walk(node) if isinstance(one, ast.arg)]
        outer = node.args.args
        met = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        renamed = {}
        if len(inner) == len(outer):  # no lambda or function inside, which might shadow one
            free = (name for n in count() if (name := _LETTERS[n % 26] * (n // 26 + 1)) not in met)
            for arg in outer:
                if arg.arg not in self.keywords and arg.arg != "self" and len(arg.arg) > 1:
                    renamed[arg.arg] = next(free)
        for one in ast.walk(node):
            if isinstance(one, ast.arg) and one.arg in renamed:
                one.arg = renamed[one.arg]
            elif isinstance(one, ast.Name) and one.id in renamed:
                one.id = renamed[one.id]
        return self.generic_visit(node)
