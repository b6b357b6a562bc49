"""The dialect of the firmware: what CPython takes and MicroPython refuses or does otherwise.

Owns what was found absent or different in MicroPython 1.29, and what the firmware does without so
that core and drivers mean the same on both. Must never know who may import whom (house_rules.py).
"""

import ast
import re
from collections.abc import Iterator

from tests.rules.house import Breach, Source, dotted, rule

FIRMWARE = ("firmware/luot/", "firmware/main.py")

_SYNTAX = {
    ast.Match: "match is a syntax error",
    ast.TryStar: "except* is a syntax error",
    ast.Assert: "assert is dropped by -O3: `if ... raise`",
    ast.AsyncFunctionDef: "no asyncio: a role is step(now)",
    ast.Await: "no asyncio: a role is step(now)",
    ast.SetComp: "a set has no order",
}
_DISPLAYS = {ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set"}
_DECORATORS = ("property", "setter", "staticmethod", "classmethod")


@rule(*FIRMWARE)
def syntax(source: Source) -> Iterator[Breach]:
    """Only syntax that MicroPython compiles, and that means the same there."""
    for node in source.nodes:
        line = getattr(node, "lineno", 0)
        if type(node) in _SYNTAX:
            yield line, _SYNTAX[type(node)]
        elif isinstance(node, ast.arguments) and node.posonlyargs:
            yield node.posonlyargs[0].lineno, "positional-only `/` is a syntax error"
        elif isinstance(node, ast.Raise) and node.cause:
            yield line, "`raise ... from` keeps no cause"
        elif isinstance(node, ast.ExceptHandler) and node.type is None:
            yield line, "a bare except also swallows KeyboardInterrupt"
        elif isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Load):
            yield line, "`*` in a display is a syntax error, in a call it allocates"
        elif isinstance(node, ast.Dict) and None in node.keys:
            yield line, "`**` in a display is a syntax error"
        elif isinstance(node, ast.ClassDef):
            yield from _class_syntax(node)
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if dotted(decorator) not in _DECORATORS and not dotted(decorator).endswith(
                    ".setter"
                ):
                    yield decorator.lineno, "only property, staticmethod and classmethod"


def _class_syntax(node: ast.ClassDef) -> Iterator[Breach]:
    if node.keywords or node.decorator_list:
        yield node.lineno, "no metaclass, no class decorator"
    if len(node.bases) > 1:
        yield node.lineno, "several bases are searched in another order"
    for part in node.body:
        name = getattr(part, "name", "")
        if name in {"__del__", "__lt__", "__le__", "__gt__", "__ge__"}:
            yield part.lineno, f"{name} is not called as on CPython"
        if isinstance(part, ast.Assign) and any(dotted(t) == "__slots__" for t in part.targets):
            yield part.lineno, "__slots__ is ignored"


# Found absent in MicroPython 1.29; sets, floats and streams are there and still not used.
_ABSENT_NAMES = set(
    "aiter anext ascii breakpoint format slice vars"
    " BlockingIOError BrokenPipeError BufferError ConnectionError EnvironmentError FileExistsError"
    " FileNotFoundError FloatingPointError IOError InterruptedError IsADirectoryError"
    " ModuleNotFoundError NotADirectoryError PermissionError RecursionError ReferenceError"
    " SystemError TimeoutError UnicodeDecodeError UnicodeEncodeError Warning".split()
)
_BANNED_NAMES = set(
    "open print input eval exec compile globals locals hash id complex __import__".split()
)
_ABSENT_METHODS = set(
    "capitalize casefold expandtabs format_map isalnum isascii isdecimal isidentifier isnumeric"
    " isprintable istitle ljust maketrans removeprefix removesuffix rjust swapcase title translate"
    " zfill bit_count bit_length as_integer_ratio cast nbytes tobytes tolist frombytes byteswap"
    " itemsize typecode hexdigest __doc__ __cause__".split()
)
_NO_KEYWORDS = set("decode encode from_bytes hex int rsplit round split str sum zip".split())


@rule(*FIRMWARE)
def names(source: Source) -> Iterator[Breach]:
    """Only built-ins and methods that MicroPython has, called in a way that it takes."""
    modules = {name.rpartition(".")[2] for _, name in source.imports}
    for node in source.nodes:
        if isinstance(node, ast.Name):
            if node.id in _ABSENT_NAMES:
                yield node.lineno, f"MicroPython has no {node.id}"
            if node.id in _BANNED_NAMES and source.path.startswith("firmware/luot/"):
                yield node.lineno, f"{node.id}: streams and reflection stay outside luot/"
        elif isinstance(node, ast.Attribute) and node.attr in _ABSENT_METHODS:
            if dotted(node.value) not in modules:
                yield node.lineno, f"MicroPython has no .{node.attr}"
        elif isinstance(node, ast.Call) and node.keywords:
            called = dotted(node.func).rpartition(".")[2]
            if called in _NO_KEYWORDS:
                yield node.lineno, f"MicroPython's {called} takes no keywords"


@rule(*FIRMWARE)
def buffers(source: Source) -> Iterator[Breach]:
    """What bytearray and array cannot do; only lists take a slice with a step."""
    made = set(_made(source, "bytearray", "array"))
    for node in source.nodes:
        if isinstance(node, ast.Slice) and node.step is not None:
            yield node.lineno, "only lists take a slice with a step: write a loop"
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and dotted(target.value) in made:
                    yield node.lineno, "bytearray and array cannot delete items"
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            if dotted(node.comparators[0]) in made:
                yield node.lineno, "`in` finds no number in a bytearray, and nothing in an array"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            if any(_makes(side, "bytearray", "array") for side in (node.left, node.right)):
                yield node.lineno, "bytearray and array cannot be multiplied"


def _made(source: Source, *kinds: str) -> Iterator[str]:
    """Names and attributes that the file itself gives a value of one of these kinds."""
    for node in source.nodes:
        if isinstance(node, ast.Assign) and _makes(node.value, *kinds):
            yield from map(dotted, node.targets)
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            kind = re.split(r"\W", ast.unparse(node.annotation).strip("'\""))[0]
            if kind in kinds:
                yield node.arg if isinstance(node, ast.arg) else dotted(node.target)


def _makes(node: ast.AST, *kinds: str) -> bool:
    """Say whether an expression is a new value of one of these kinds."""
    return (
        dotted(node.func) if isinstance(node, ast.Call) else _DISPLAYS.get(type(node))
    ) in kinds


@rule(*FIRMWARE)
def fstrings(source: Source) -> Iterator[Breach]:
    """In an f-string's braces stands a plain value: MicroPython rewrites the text to .format."""
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr):
            text = ast.get_source_segment(source.text, node) or ""
            if re.search(r"\{[^{}:!]*[^=!<>{]=\s*[!:}]", text):
                yield node.lineno, "`{x=}` is for debugging"
        elif isinstance(node, ast.FormattedValue):
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield node.lineno, "text within an f-string's braces"


_UNORDERED = ("dict", "set", "frozenset")
_ANY_ORDER = {"all", "any", "len", "max", "min", "set", "sum"}  # the answer is the same in any


@rule(*FIRMWARE)
def order(source: Source) -> Iterator[Breach]:
    """Nothing depends on the order of a dict or a set, nor on a stable sort."""
    made = set(_made(source, *_UNORDERED))
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    harmless = {
        a for c in calls if dotted(c.func) in _ANY_ORDER and not c.keywords for a in c.args
    }
    for call in calls:
        name = dotted(call.func)
        if (name == "sorted" or name.endswith(".sort")) and not _total_order(call):
            yield call.lineno, "sort is unstable: give key=lambda x: (..., a unique last)"
        if name.endswith((".items", ".keys", ".values", ".popitem")) and call not in harmless:
            yield call.lineno, f"{name}(): a dict has no order"
    loops = [n.iter for n in source.nodes if isinstance(n, ast.For | ast.comprehension)]
    copies = [a for c in calls if dotted(c.func) in {"list", "tuple", "iter"} for a in c.args]
    for node in loops + copies:
        if dotted(node) in made or _makes(node, *_UNORDERED):
            yield node.lineno, "iterates a dict or a set: it has no order"


def _total_order(call: ast.Call) -> bool:
    for keyword in call.keywords:
        if keyword.arg == "key" and isinstance(keyword.value, ast.Lambda):
            body = keyword.value.body
            return isinstance(body, ast.Tuple) and len(body.elts) > 1
    return False


@rule("firmware/luot/core/", "firmware/luot/drivers/")
def floats(source: Source) -> Iterator[Breach]:
    """Integers only: the device's floats are single precision, and each is allocated."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"{node.value} is a float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "`/` makes a float: `//`"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "float"


@rule(*FIRMWARE)
def attributes(source: Source) -> Iterator[Breach]:
    """An object has all its attributes once it is made: a misspelt one would be a new one.

    They are born in __init__, or in a method that __init__ itself calls.
    """
    for cls in source.nodes:
        if not isinstance(cls, ast.ClassDef):
            continue
        methods = {part.name: part for part in cls.body if isinstance(part, ast.FunctionDef)}
        reached = ["__init__"] if "__init__" in methods else []
        for name in reached:
            called = [dotted(n.func) for n in ast.walk(methods[name]) if isinstance(n, ast.Call)]
            for callee in called:
                own = callee.removeprefix("self.")
                if callee != own and own in methods and own not in reached:
                    reached.append(own)
        born = {attr for name in reached for _, attr in _self_stores(methods[name])}
        for name, method in methods.items():
            if name not in reached:
                for line, attr in _self_stores(method):
                    if attr not in born:
                        yield line, f"self.{attr} is not born in {cls.name}.__init__"


def _self_stores(method: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    for node in ast.walk(method):
        stored = isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store)
        owner, _, name = dotted(node).rpartition(".")
        if stored and owner == "self":
            yield getattr(node, "lineno", 0), name


_ASKS = r"simulat|^_?(is|on|in)_(sim|pc|host|device|cpython|micropython)$|TYPE_CHECKING"


@rule(*FIRMWARE)
def one_program(source: Source) -> Iterator[Breach]:
    """What is tried is what is shipped: nothing in the firmware knows where it runs."""
    for node in source.nodes:
        for field in ("id", "attr", "arg"):
            name = getattr(node, field, None) or ""
            if re.search(_ASKS, name, re.IGNORECASE) or name in {"platform", "implementation"}:
                yield getattr(node, "lineno", 0), f"{name}: no `if simulator` in the firmware"


# Parts that are handed in: what they can do is MicroPython's to say, or a driver's, and neither
# has a type that core and roles may import.
_UNTYPED = set(
    "self cls machine partition pin pins spi i2c adc cs reset led"
    " board radio pocsag modulation display keys battery flash files file font data os menu"
    " rtc time".split()
)


@rule(*FIRMWARE)
def annotations(source: Source) -> Iterator[Breach]:
    """Everything is annotated: it costs the device nothing."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef):
            yields = any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(node))
            if node.returns is None and not yields:  # an iterator's type is typing's to name
                yield node.lineno, f"{node.name} does not say what it returns"
            for arg in (*node.args.args, *node.args.kwonlyargs):
                if arg.annotation is None and arg.arg not in _UNTYPED:
                    yield arg.lineno, f"{arg.arg} has no type, and is no part that is handed in"
