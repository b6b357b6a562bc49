"""A fault seeded into shipped code, for as long as one test runs.

Classes and functions are changed where they are, so that whoever imported them has the fault too.

    test_a_broken_promise_is_found = found_by(MODULES, FAULTS)
"""

import inspect
from collections.abc import Callable
from functools import cache
from random import Random
from types import FunctionType, ModuleType

import pytest

from tests.rigs.board import mutant


def seed(
    patch: pytest.MonkeyPatch, modules: tuple[ModuleType, ...], sound: str, broken: str
) -> None:
    """Make the one `sound` text in `modules` `broken`, in every class, function and constant."""
    holders = [module for module in modules if sound in inspect.getsource(module)]
    assert len(holders) == 1, f"in {len(holders)} modules: {sound}"
    made = mutant(holders[0], sound, broken)
    for name, thing in vars(made).items():
        ours = getattr(thing, "__module__", "") == made.__name__
        if name.isupper() or (ours and isinstance(thing, FunctionType)):
            patch.setattr(holders[0], name, thing)
        elif ours and isinstance(thing, type):
            for method, function in vars(thing).items():
                if isinstance(function, FunctionType):
                    patch.setattr(getattr(holders[0], name), method, function)


def fails(test: Callable[..., None], tries: int = 100) -> bool:
    """Say whether a test fails; one of hypothesis for something drawn, which is not cut down."""
    fuzz = test.hypothesis.fuzz_one_input if hasattr(test, "hypothesis") else None
    for number in range(tries if fuzz else 1):
        try:
            fuzz(Random(number).randbytes(8192)) if fuzz else test()
        except (Exception, pytest.fail.Exception):
            return True
    return False


Faults = dict[str, tuple[str, str, Callable[..., None]]]  # sound text, broken text, and the test


def found_by(
    modules: tuple[ModuleType, ...], faults: Faults, tries: int = 100
) -> Callable[..., None]:
    """Return the test that each fault is found by the test that it names.

    One that draws must hold here without it: it is fed here in another way than elsewhere.
    """

    @cache
    def holds(test: Callable[..., None]) -> bool:
        return not hasattr(test, "hypothesis") or not fails(test, tries)

    @pytest.mark.parametrize("fault", faults)
    def found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
        sound, broken, test = faults[fault]
        assert holds(test)
        seed(monkeypatch, modules, sound, broken)
        assert fails(test)

    return found
