"""Short private names change no meaning: modules that were shortened do what they did.

Sources are shortened together, as the build does, and executed; every module of the firmware too.
"""

import ast
import sys
from types import ModuleType
from typing import Any

import pytest

from host_tools.build import shorten as host
from host_tools.build.fold import fold
from sim import ROOT
from tests.faults.seeded import found_by

FIRMWARE = ROOT / "firmware"


def run(sources: dict[str, str], name: str) -> dict[str, Any]:
    """Execute modules in the order given; return the names of one of them."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for module, text in sources.items():
            made[module] = ModuleType(module)
            patch.setitem(sys.modules, module, made[module])
            exec(text, vars(made[module]))
    return vars(made[name])


BASE = """
class Base:
    def __init__(self):
        self._count = 1
        self._hidden = 50
        self.shown = 2

    def _step(self, amount):
        self._count += amount
        return self._count + self._hidden - 50
"""
CHILD = """
from one import Base

class Child(Base):
    def __init__(self):
        super().__init__()
        self._extra = 10
        self._other = 5

    def both(self, amount):
        return self._step(amount) + self._extra + self._count + self._other
"""
STRANGER = """
class Stranger:
    def __init__(self):
        self._aim = 3
        self._count = 7

    def poke(self, friend):
        friend._count = 100
        return self._aim + self._count
"""
USES = """
_LIMIT = 40

def _least(first, second=2):
    return min(first, second)

def named(first, second):
    return first - second

def add(amount, more):
    a = amount + 1
    return a + amount + more

def use(amount, table):
    found = named(second=1, first=amount)
    a = _least(amount) + _LIMIT
    return [found, a] + [(lambda amount: amount * 2)(each) for each in table]
"""


def test_a_class_and_what_inherits_from_it_stay_together() -> None:
    for sources in ({"one": BASE, "two": CHILD}, host.shorten({"one": BASE, "two": CHILD})):
        assert run(sources, "two")["Child"]().both(4) == 5 + 10 + 5 + 5


def test_a_name_that_strangers_share_is_one_name() -> None:
    made = host.shorten({"one": BASE, "two": CHILD, "three": STRANGER})
    child = run(made, "two")["Child"]()
    assert run(made, "three")["Stranger"]().poke(child) == 10
    assert child.both(0) == 100 + 10 + 100 + 5


def test_parameters_and_keywords() -> None:
    made = host.shorten({"one": USES})
    assert run(made, "one")["use"](9, [1, 2]) == [8, 42, 2, 4]
    assert run(made, "one")["add"](1, 10) == 13
    assert "def named(first, second)" in made["one"], "they are named where it is called"


def test_public_names_stay_and_private_ones_are_short() -> None:
    made = host.shorten({"one": BASE, "two": CHILD, "three": STRANGER, "four": USES})
    text = "".join(made.values())
    for name in ("Base", "Child", "both", "Stranger", "poke", "use", "shown", "__init__"):
        assert name in text
    for name in ("_count", "_step", "_extra", "_other", "_aim", "_LIMIT", "_least"):
        assert name not in text
    assert len(text) < 0.9 * len(BASE + CHILD + STRANGER + USES)


def test_two_runs_give_the_same_text() -> None:
    sources = {"one": BASE, "two": CHILD, "three": STRANGER, "four": USES}
    assert host.shorten(sources) == host.shorten(dict(reversed(sources.items())))


def firmware() -> dict[str, str]:
    """The firmware's modules, with constants folded, as the build shortens them."""
    paths = sorted((FIRMWARE / "luot").rglob("*.py"))
    return fold(
        {
            ".".join(path.relative_to(FIRMWARE).with_suffix("").parts): path.read_text("utf-8")
            for path in paths
        }
    )


def surface(text: str) -> list[str]:
    """The public names that a module defines, in order."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            names.append(node.name)
    return names


def test_the_firmware_keeps_its_public_names_and_collides_nowhere() -> None:
    """Within a family of classes no two different names may become one."""
    before = firmware()
    after = host.shorten(before)
    for module, text in before.items():
        assert surface(after[module]) == surface(text)
        old = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
        new = [
            node for node in ast.walk(ast.parse(after[module])) if isinstance(node, ast.Attribute)
        ]
        pairs = {(one.attr, other.attr) for one, other in zip(old, new, strict=True)}
        assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)


FAULTS = {
    "each module for itself": (
        "eldest[module] = root",
        "eldest[module] = module",
        test_a_class_and_what_inherits_from_it_stay_together,
    ),
    "strangers are forgotten": (
        "if users[name] == {family} and name not in shared",
        "if family in users[name]",
        test_a_name_that_strangers_share_is_one_name,
    ),
    "names collide": (
        "after = count(len(common))",
        "after = count(0)",
        test_the_firmware_keeps_its_public_names_and_collides_nowhere,
    ),
    "keywords are renamed": (
        "if arg.arg not in self.keywords and",
        "if",
        test_parameters_and_keywords,
    ),
    "a parameter takes a name in use": ("not in met)", "not in ())", test_parameters_and_keywords),
}


test_a_broken_promise_is_found = found_by((host,), FAULTS)
