"""Constants folded, annotations left out: same meaning, fewer names, errors that say where."""

import pytest

from host_tools.build.fold import fold

LIMITS = """from micropython import const

MOST = const(30)
_PRIVATE = const(2)
NAMED = _PRIVATE
"""


def folded(text: str, **others: str) -> str:
    sources = {"a.limits": LIMITS, "a.user": text}
    return fold(sources | others)["a.user"]


@pytest.mark.parametrize(
    ("source", "shipped"),
    [
        ("from a.limits import MOST\nx = MOST + 1", "x = 30 + 1"),
        ("from a.limits import MOST as M\nx = M", "x = 30"),
        ("from a import limits\nx = limits.MOST", "x = 30"),
        (
            "from a import limits\nx = limits.MOST + limits.NAMED",
            "from a import limits\nx = 30 + limits.NAMED",
        ),
        (
            "from a.limits import MOST, NAMED\nx = NAMED, MOST",
            "from a.limits import NAMED\nx = (NAMED, 30)",
        ),
        ("from b.limits import MOST\nx = MOST", "from b.limits import MOST\nx = MOST"),
        ("def f(limits):\n    return limits.MOST", "def f(limits):\n    return limits.MOST"),
        ("x.MOST = 1", "x.MOST = 1"),
        ("a, b = c, d", "a, b = c, d"),
        ("a, = b,", "a, = (b,)"),
        ("from a.limits import NAMED", "from a.limits import NAMED"),
    ],
)
def test_a_use_becomes_the_value_and_nothing_else_changes(source: str, shipped: str) -> None:
    assert folded(source) == shipped


def test_the_name_is_not_shipped_where_it_is_defined() -> None:
    text = fold({"a.limits": LIMITS})["a.limits"]
    assert "MOST" not in text
    assert "_PRIVATE = const(2)" in text, "mpy-cross does these by itself"


def test_an_import_that_served_constants_alone_is_not_shipped() -> None:
    assert fold({"a.b": "from micropython import const\nA = const(1)"})["a.b"] == ""


QUOTED = "def f(c):\n    pass"
SERVES = "from a.b import C\ndef f(c, d=C.e):\n    pass"


@pytest.mark.parametrize(
    ("source", "shipped"),
    [
        ("from a.b import C\ndef f(c: C) -> C:\n    pass", "def f(c):\n    pass"),
        ("from a.b import C, D\nx: C = D()", "from a.b import D\nx = D()"),
        ("from a.b import C\ndef f(c: 'list[C] | None') -> None:\n    c: C", QUOTED),
        ("from a.b import C\ndef f(c: C, d=C.e):\n    pass", SERVES),
        ("from a import limits\nx: int = limits.MOST", "x = 30"),
        ("x: tuple = a, b", "x = (a, b)"),
        ("class A:\n    x: int", "class A:\n    pass"),
    ],
)
def test_what_serves_annotations_alone_is_not_shipped(source: str, shipped: str) -> None:
    assert folded(source).replace("\n\n", "\n") == shipped


@pytest.mark.parametrize(
    ("source", "line"), [("from a.limits import MOST\nMOST = 2", 2), ("\n\nx = = 1", 3)]
)
def test_a_fault_names_file_and_line(source: str, line: int) -> None:
    with pytest.raises(SyntaxError) as caught:
        folded(source)
    assert (caught.value.filename, caught.value.lineno) == ("a/user.py", line)
