"""The rules of the house that a program can check, each with the reason it gives.

Owns sizes, docstrings, and what would make two runs differ; rooms.py adds who may import whom,
door.py who may change a line, dialect.py the dialect of the firmware. A rule is a function from
one source file to its breaches, kept in RULES under its name with the places it holds in.
test_house_rules.py applies them to the project and shows each of them at work.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cached_property

Breach = tuple[int, str]  # line, what is wrong and why


class Source:
    """One Python file: `path` from the project's root, `text`, and what it parses to."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and full dotted name of everything imported; a relative one starts with a dot."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, name.name) for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                start = "." * node.level + (node.module or "")
                found += [(node.lineno, f"{start}.{name.name}") for name in node.names]
        return found


Rule = Callable[[Source], Iterator[Breach]]
RULES: dict[str, tuple[tuple[str, ...], Rule]] = {}

EVERYWHERE = ("firmware/", "host_tools/", "sim/", "tests/")


def rule(*places: str) -> Callable[[Rule], Rule]:
    """Keep a function as the rule of its name, for paths that start with one of `places`."""

    def keep(check: Rule) -> Rule:
        RULES[check.__name__] = places, check
        return check

    return keep


def breaches(name: str, source: Source) -> list[Breach]:
    """Return where a file breaks the rule `name`."""
    places, check = RULES[name]
    return list(check(source)) if source.path.startswith(places) else []


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, with an empty start for others (`f(x).c` is `.c`)."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


# Sizes and documents.

LINES = 99
_FILE_LINES = 250
_FUNCTION_LINES = 40
_MAIN_LINES = 60


@rule("firmware/luot/core/", "firmware/luot/drivers/", "firmware/luot/roles/", "firmware/main.py")
def file_size(source: Source) -> Iterator[Breach]:
    """A file has one subject; tables (assignments of a module) are not counted."""
    tables = [part for part in source.tree.body if isinstance(part, ast.Assign | ast.AnnAssign)]
    lines = len(source.text.splitlines()) - sum(map(_lines, tables))
    most = _MAIN_LINES if source.path == "firmware/main.py" else _FILE_LINES
    if lines > most:
        yield 1, f"{lines} lines beside its tables: at most {most}"


@rule("firmware/")
def function_size(source: Source) -> Iterator[Breach]:
    """A function is seen at a glance; its docstring is not counted."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef):
            lines = _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) else 0)
            if lines > _FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines: at most {_FUNCTION_LINES}"


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@rule(*EVERYWHERE)
def module_docstring(source: Source) -> Iterator[Breach]:
    """A file opens with its law."""
    if not ast.get_docstring(source.tree):
        yield 1, "no docstring: what the file owns, and what it must never know"


@rule("firmware/", "host_tools/", "sim/")
def public_docstrings(source: Source) -> Iterator[Breach]:
    """Whatever others may use says what it does."""
    yield from _undocumented(source.tree)


_SAYS_NOTHING = r"(Take|Change|Set|Keep|Get|Make|Do) (it|them|(the|its) \w+)\."


@rule("firmware/", "host_tools/", "sim/")
def empty_docstrings(source: Source) -> Iterator[Breach]:
    """A docstring says what the name does not; __init__ may be silent, for its class says it."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if re.fullmatch(_SAYS_NOTHING, ast.get_docstring(node) or ""):
                yield node.lineno, f"the docstring of {node.name} says nothing"


def _undocumented(node: ast.Module | ast.ClassDef) -> Iterator[Breach]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and not part.name.startswith("_"):
            if not ast.get_docstring(part) and not _is_setter(part):
                yield part.lineno, f"{part.name} has no docstring"
            if isinstance(part, ast.ClassDef):
                yield from _undocumented(part)


def _is_setter(part: ast.FunctionDef | ast.ClassDef) -> bool:
    return any(dotted(decorator).endswith(".setter") for decorator in part.decorator_list)


# Bytes have names.

_RECORDS = set("record row back header anchor made copy kept slot event end".split())


def _record(node: ast.AST) -> bool:
    """Say whether an expression bears a record's name: `ring.back`, `memoryview(self._row)`."""
    if isinstance(node, ast.Call) and dotted(node.func) in {"memoryview", "bytes", "bytearray"}:
        return bool(node.args) and _record(node.args[0])
    if isinstance(node, ast.Subscript):  # one of several
        return dotted(node.value).rpartition(".")[2].rstrip("s") in _RECORDS
    return dotted(node).rpartition(".")[2].lstrip("_") in _RECORDS


def _bare(node: ast.AST | None) -> bool:
    """Say whether a number stands in a place, 4 or more: steps within a field are smaller."""
    if isinstance(node, ast.BinOp):
        return _bare(node.left) or _bare(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value >= 4


@rule("firmware/luot/", "sim/")
def offsets(source: Source) -> Iterator[Breach]:
    """A byte of a record, a header or a row has a name: records.AT_..., or one of journal.rows."""
    for node in source.nodes:
        at: list[ast.AST | None] = []
        if isinstance(node, ast.Subscript) and _record(node.value):
            cut = node.slice
            at = [cut.lower, cut.upper] if isinstance(cut, ast.Slice) else [cut]
        elif isinstance(node, ast.Call) and len(node.args) > 2 and _record(node.args[0]):
            if dotted(node.func).rpartition(".")[2] in {"get", "put"}:
                at = [node.args[1]]
        if any(map(_bare, at)):
            yield getattr(node, "lineno", 0), f"{ast.unparse(node)}: the byte has a name"


# The simulator and the tests: same seed, same day.

_WATCHES = {
    "time.perf_counter",
    "time.monotonic",
    "time.process_time",
}  # how long our own program took, not the office
_NUMPY = {"default_rng", "Generator"}
_NOWS = ("now", "today", "utcnow")


def _used(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of all that is imported, or reached through an import."""
    yield from source.imports
    full: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            full |= {name.asname or name.name: name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            full |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    for node in source.nodes:
        first, _, rest = dotted(node).partition(".")
        if isinstance(node, ast.Attribute) and first in full:
            yield node.lineno, f"{full[first]}.{rest}"


@rule("sim/", "tests/")
def chance(source: Source) -> Iterator[Breach]:
    """Chance comes from a seeded generator, never from the module's own."""
    for line, name in _used(source):
        module, _, part = name.rpartition(".")
        if module == "random" and part != "Random":
            yield line, f"{name}: draw from a random.Random(seed) of your own"
        if module.endswith(("np.random", "numpy.random")) and part not in {
            "default_rng",
            "Generator",
        }:
            yield line, f"{name}: draw from numpy.random.default_rng(seed)"
        if name in {"os.urandom", "uuid.uuid4"} or module == "secrets":
            yield line, f"{name} has no seed"


@rule("sim/", "tests/")
def wall_clock(source: Source) -> Iterator[Breach]:
    """The office has its own time; the machine's is asked only how long a program took."""
    for line, name in _used(source):
        module, _, part = name.rpartition(".")
        if module == "time" and name not in _WATCHES:
            yield line, f"{name}: simulated time is an argument"
        if module.rpartition(".")[2] in {"datetime", "date"} and part in _NOWS:
            yield line, f"{name}: simulated time is an argument"


@rule("tests/test_", "tests/rigs/strategies.py")
def tried(source: Source) -> Iterator[Breach]:
    """A promise is tried: only conftest.py says when it may not be."""
    for line, name in _used(source):
        if re.search(r"(pytest|mark)\.(skip|skipif|xfail|importorskip)$|unittest\.skip", name):
            yield line, f"{name}: use the fixture `need`"
