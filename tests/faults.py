"""A fault seeded into shipped code, for as long as one test runs.

Classes and functions are changed where they are, so that whoever imported them has the fault too.
"""

from types import FunctionType, ModuleType

import pytest

from tests.bench import mutant


def seed(patch: pytest.MonkeyPatch, module: ModuleType, sound: str, broken: str) -> None:
    """Make the one `sound` text of `module` `broken`, in every class and function it defines."""
    made = mutant(module, sound, broken)
    for name, thing in vars(made).items():
        if getattr(thing, "__module__", "") != made.__name__:
            continue
        if isinstance(thing, FunctionType):
            patch.setattr(module, name, thing)
        elif isinstance(thing, type):
            for method, function in vars(thing).items():
                if isinstance(function, FunctionType):
                    patch.setattr(getattr(module, name), method, function)
