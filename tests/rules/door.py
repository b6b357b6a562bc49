"""The only door through which a line changes is `apply`: who stands behind it is in DESIGN.md 4.

Owns what changes a line: an assignment to anything of it, and the calls that move somebody in it.
Anybody else in `luot` may look. A line is what is called `line` or `order`, is annotated as one or
was assigned from one, and `self` in its classes; under another name it is not found.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.house import Breach, Source, dotted, rule

_ROOT = Path(__file__).parent.parent.parent
_CORE = "firmware/luot/core/"
_LINES = ("Line", "History", "Order")  # the classes of a line
_CALLED = ("line", "order")
# What moves: methods of a line and of its parts, and functions that take one.
LINE = (
    *("admit", "end", "serve", "release", "revive", "leave", "relane", "enqueue", "dequeue"),
    *("adopt", "vanish", "close"),
)
PARTS = {
    "pagers": ("fill", "empty", "take", "give"),
    "tally": ("clear", "waited", "worked", "missed", "rated", "visited"),
    "undoable": ("note", "touch", "settle", "shut", "shut_all"),
    "notes": ("append", "clear", "extend", "insert", "pop", "remove"),
}
FUNCTIONS = {
    "premises": ("clear", "happen", "open_day"),
    "undo": ("happen",),
    "restore": ("restore",),
    "rows": ("load",),
}


def listed(text: str, words: str) -> tuple[str, ...]:
    """Return the files of the core that DESIGN.md names between `words` and a sentence's end."""
    sentence = re.search(rf"{words}(.*?)\.\s", text, re.DOTALL)
    names = re.findall(r"`(\w+/\w+\.py)`", sentence[1] if sentence else "")
    return tuple(_CORE + name for name in names)


_TEXT = " ".join((_ROOT / "firmware/DESIGN.md").read_text(encoding="utf-8").split())
BEHIND = listed(_TEXT, "Behind that door are ")
DOORKEEPERS = listed(_TEXT, "and that only ")  # who calls `apply`


def _lines(source: Source) -> set[str]:
    """Return what a line is called in a file: full dotted names, such as self.order."""
    found = set(_CALLED)
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and node.name in _LINES:
            found.add("self")
        if isinstance(node, ast.arg) and node.annotation:
            kind = node.annotation
            word = kind.value if isinstance(kind, ast.Constant) else dotted(kind)
            if word in _LINES:
                found.add(node.arg)
    for node in source.nodes:
        if isinstance(node, ast.Assign) and _is_line(node.value, found):
            found |= {dotted(target) for target in node.targets}
    return found


def _making(source: Source) -> set[ast.AST]:
    """Return all that belongs to the making of an object: there its own parts are born."""
    made = [n for n in source.nodes if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    return {node for function in made for node in ast.walk(function)}


def _is_line(node: ast.AST, names: set[str]) -> bool:
    """Say whether an expression is a line, by what it is called."""
    name = dotted(node)
    return name in names or name.rpartition(".")[2] in _CALLED


def _within(node: ast.AST, names: set[str]) -> bool:
    """Say whether an expression is a part of a line."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
        if _is_line(node, names):
            return True
    return False


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a statement assigns to, or deletes."""
    if isinstance(node, ast.Assign | ast.Delete):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
        yield node.target


def _moves(node: ast.Call, names: set[str]) -> bool:
    """Say whether a call moves somebody in a line."""
    called = node.func
    if not isinstance(called, ast.Attribute):
        return False
    of, what = called.value, called.attr
    if _is_line(of, names):
        adds = what == "overtake" and (len(node.args) < 4 or _number(node.args[3]) != 0)
        return adds or what in LINE
    last = dotted(of).rpartition(".")[2]
    if _within(of, names):
        return what in PARTS.get(last, ())
    return what in FUNCTIONS.get(last, ()) and any(_is_line(one, names) for one in node.args)


def _number(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


@rule("firmware/")
def door(source: Source) -> Iterator[Breach]:
    """A line changes behind one door; who is not behind it looks, or appends to the journal."""
    names, making = _lines(source), _making(source)
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "apply" and _is_line(node.func.value, names):
                if source.path not in DOORKEEPERS:
                    yield node.lineno, "calls apply: what happens goes through the journal"
            if source.path not in BEHIND and _moves(node, names):
                yield node.lineno, f"calls {dotted(node.func)}: only apply changes a line"
        for target in _targets(node):
            if source.path not in BEHIND and node not in making and _within(target, names):
                yield target.lineno, f"changes {dotted(target)}: only apply changes a line"


def movers(sources: list[Source]) -> set[str]:
    """Return the public methods of a line and its parts whose code changes it."""
    classes = ("Line", "History", "Pool", "Tally", "Undoable")
    found = {
        part.name: part
        for source in sources
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and node.name in classes
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    }
    moving: set[str] = set()
    while True:
        more = {name for name, part in found.items() if _changes(part, moving)}
        if more == moving:
            return {name for name in moving if not name.startswith("_")}
        moving = more


def _changes(part: ast.FunctionDef, moving: set[str]) -> bool:
    """Say whether a method changes its object, or calls one of those that do."""
    for node in ast.walk(part):
        if any(_within(target, {"self"}) for target in _targets(node)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in moving and dotted(node.func).startswith("self."):
                return True
            if dotted(node.func).startswith("self.notes.") and node.func.attr in PARTS["notes"]:
                return True
    return False
