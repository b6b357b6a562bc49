"""The runner that tests the tests: its mutants are changes, they take effect, and none is lost."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.mutants import (
    JUDGES,
    KILLED,
    SURVIVED,
    Mutant,
    exchange,
    mutants,
    reasons,
    verdict,
)

TEXT = '''"""A module."""

FIRST = 1


def larger(one: int, other: int = 0) -> int:
    """The larger one."""
    return one if one > other else other


class Counter:
    """A counter."""

    def count(self, step: int) -> int:
        """Count on."""
        self.n = FIRST + step
        return self.n
'''
FOUND = [
    ("larger", 6, "def larger(one: int, other: int = 1) -> int:"),
    ("larger", 8, "return one if one >= other else other"),
    ("count", 16, "self.n = None"),
    ("count", 16, "self.n = FIRST - step"),
]


def module(text: str) -> ModuleType:
    """A module of this text."""
    made = ModuleType("made")
    exec(text, vars(made))
    return made


def found() -> dict[tuple[str, int, str], Mutant]:
    return {(one.function, one.line, one.became): one for one in mutants("made", TEXT)}


def test_a_mutant_is_one_change_inside_a_function() -> None:
    assert set(FOUND) <= set(found())
    for one in found().values():
        assert one.text != TEXT
        assert one.text.replace(one.became, one.was) == TEXT or "\n" in one.was
        assert "FIRST = 1\n" in one.text


def test_a_mutant_takes_effect_wherever_it_was_imported_to() -> None:
    made = module(TEXT)
    larger, counter = made.larger, made.Counter()
    exchange(made, found()[FOUND[0]].text)
    assert (larger(0), larger(5), counter.count(2)) == (1, 5, 3)
    exchange(made, found()[FOUND[3]].text)
    assert (larger(0), counter.count(2)) == (0, -1)
    exchange(made, TEXT)
    assert counter.count(2) == 3


def outcomes(killed: int, survived: int) -> dict[Mutant, str]:
    """So many mutants; a survivor's change is its number."""
    made = {Mutant("order", "f", n, "was", f"k{n}", ""): KILLED for n in range(killed)}
    return made | {Mutant("order", "f", n, "was", f"{n}", ""): SURVIVED for n in range(survived)}


@pytest.mark.parametrize(
    ("killed", "survived", "listed", "wrong"),
    [
        (90, 10, range(10), []),
        (89, 11, range(11), ["order: 11 of 100 mutants survived"]),
        (9, 1, (), ["no reason given: order.py:0 f: survived\n  - was\n  + 0"]),
        (10, 0, (3,), ["survivors.toml: order, f: did not survive: 3"]),
    ],
)
def test_the_verdict(killed: int, survived: int, listed: list[int], wrong: list[str]) -> None:
    why = {("order", "f", "was", f"{n}"): "it does not matter" for n in listed}
    assert verdict("order", outcomes(killed, survived), why, True) == wrong


def test_what_a_module_stands_on_needs_no_reasons() -> None:
    lived = {Mutant("line", "f", 1, "was", "is", ""): SURVIVED}
    killed = {Mutant("line", "f", n, "was", f"k{n}", ""): KILLED for n in range(9)}
    assert verdict("line", killed | lived, {}, True) == []
    assert verdict("line", lived, {}, True) == ["line: 1 of 1 mutants survived"]


def test_of_one_line_nothing_is_asked_of_the_rest() -> None:
    why = {("order", "g", "was", "is"): "it does not matter"}
    assert verdict("order", outcomes(0, 1), why | {("order", "f", "was", "0"): "so"}, False) == []


def test_a_reason_is_given_for_what_the_core_says(root: Path) -> None:
    for (name, function, was, became), reason in reasons().items():
        assert name in JUDGES
        (path,) = (root / "firmware/luot/core").rglob(f"{name}.py")
        text = path.read_text(encoding="utf-8")
        assert was in " ".join(line.strip() for line in text.splitlines()), f"gone: {was}"
        assert re.search(rf"\bdef {function}\(", text), f"gone: {name}, {function}"
        assert was != became
        assert len(reason) > 10
