"""The tests are tested: the core is changed in one small place after another, which must be found.

Owns which tests judge which module, the runner and its verdict; what can be changed is mutmut's
knowledge. `python -m tests.faults.mutants [--jobs N] [MODULE[:LINE] ...]` prints what nobody
found, and fails unless LEAST percent of a module's mutants are killed and, for those REASONED,
survivors.toml says why the rest may live.

The runner is not mutmut's: that one plays every mutant through a pytest of its own, in a copy of
the tree with a switch in front of each function, where our tests, which read the sources, would
read the switches. Here the tests are collected once, and a mutant is a fork of that process in
which one function got other code: it costs as long as the first test takes that fails.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from resource import RLIMIT_AS, setrlimit
from types import FunctionType, ModuleType

import libcst
import pytest
from _pytest.runner import runtestprotocol
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

ROOT = Path(__file__).parent.parent.parent
CORE = ROOT / "firmware/luot/core"
LISTED = Path(__file__).with_name("survivors.toml")
LEAST = 90  # percent
REASONED = ("order", "journal")
LINE = (
    "tests/house/test_survivors.py",
    "tests/line/test_automaton.py",
    "tests/line/test_order.py",
    "tests/line/test_rules.py",
    "tests/line/test_undo.py",
    "tests/line/test_losses.py",
    "tests/line/test_tally.py",
    "tests/line/test_model.py",
)
STORE = (
    "tests/house/test_survivors.py",
    "tests/journal/test_journal.py",
    "tests/journal/test_journal_chain.py",
    "tests/journal/test_journal_damage.py",
    "tests/journal/test_journal_flaws.py",
    "tests/journal/test_journal_aimed.py",
    "tests/journal/test_partition_fuzz.py",
    "tests/torture/test_torture.py::test_every_step_of_one_event_is_cut",
)
JUDGES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("order", "automaton", "premises", "rules", "history"), LINE),
    **dict.fromkeys(("undoable", "undo", "line"), LINE),
    **dict.fromkeys(("journal", "recovery", "search", "ring"), STORE),
}
MEMORY = 4 << 30  # bytes a mutant may take before it counts as found
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


@dataclass(frozen=True)
class Mutant:
    """One small change of a module of the core; `text` is the whole module, changed."""

    module: str
    function: str
    line: int
    was: str
    became: str
    text: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What survivors.toml calls it by: it outlives a change elsewhere in the module."""
        return self.module, self.function, self.was, self.became


def mutants(module: str, text: str) -> Iterator[Mutant]:
    """Yield every change mutmut thinks of in the functions of a module, in the order of lines."""
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper = MetadataWrapper(libcst.parse_module(text))
    tree = wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    for mutation in visitor.mutations:
        function = mutation.contained_by_top_level_function
        if isinstance(function, libcst.FunctionDef):
            made = tree.deep_replace(mutation.original_node, mutation.mutated_node)
            changed = libcst.ensure_type(made, libcst.Module).code
            was, became = difference(text, changed)
            line = positions[mutation.original_node].start.line
            yield Mutant(module, function.name.value, line, was, became, changed)


def difference(text: str, changed: str) -> tuple[str, str]:
    """Return the lines that differ, before and after, as one line each."""
    old, new = text.splitlines(), changed.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " ".join(map(str.strip, old)), " ".join(map(str.strip, new))


def functions(module: ModuleType | dict[str, object]) -> dict[str, FunctionType]:
    """Return the functions and methods a module defines, by qualified name."""
    names = module if isinstance(module, dict) else vars(module)
    ours = [one for one in names.values() if getattr(one, "__module__", "") == names["__name__"]]
    found = [one for one in ours if isinstance(one, FunctionType)]
    for one in ours:
        if isinstance(one, type):
            found += [part for part in vars(one).values() if isinstance(part, FunctionType)]
    return {function.__qualname__: function for function in found}


def exchange(module: ModuleType, text: str) -> None:
    """Give each function of a module the code it has in `text`, wherever it was imported to."""
    names: dict[str, object] = {"__name__": module.__name__}
    exec(compile(text, f"mutant of {module.__name__}", "exec"), names)
    changed = functions(names)
    for name, function in functions(module).items():
        function.__code__ = changed[name].__code__
        function.__defaults__ = changed[name].__defaults__


def play(items: list[pytest.Item], limits: list[float] | None) -> list[float]:
    """Run tests up to the first that fails, which ends the process; return how long each took.

    One that takes longer than its limit, s of processor time, ends it, too.
    """
    took = []
    for number, item in enumerate(items):
        if limits:
            signal.setitimer(signal.ITIMER_PROF, limits[number])
        began = time.process_time()
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
            os._exit(1)
        took.append(time.process_time() - began)
    return took


class Runner:
    """A pytest that plays its tests once for every mutant of one module."""

    def __init__(self, module: str, line: int, jobs: int) -> None:
        self.name = module
        self.line = line
        self.jobs = jobs
        self.outcomes: dict[Mutant, str] = {}
        self.running: dict[int, Mutant] = {}

    def pytest_collection(self) -> None:
        """Have nothing cut down to what matters: nobody reads how a mutant was found."""
        from hypothesis import Phase, settings  # noqa: PLC0415  # once pytest is ready for it

        settings.register_profile("mutants", settings(), phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutants")
        importlib.import_module("tests.rigs.strategies").shortest = lambda history, fails: history  # type: ignore[attr-defined]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the tests that seed faults into the sources themselves."""
        items[:] = [one for one in items if "monkeypatch" not in getattr(one, "fixturenames", ())]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Play them."""
        if session.testsfailed:
            return False  # pytest tells what could not be imported
        (path,) = CORE.rglob(f"{self.name}.py")
        module = importlib.import_module(f"luot.core.{path.parent.name}.{self.name}")
        limits = [1 + 4 * s for s in self.measured(session.items)]
        for mutant in mutants(self.name, path.read_text(encoding="utf-8")):
            if self.line in (0, mutant.line):
                while len(self.running) >= self.jobs:
                    self.wait()
                self.fork(mutant, module, session.items, limits)
        while self.running:
            self.wait()
        return True

    def measured(self, items: list[pytest.Item]) -> list[float]:
        """Return how long the tests take where nothing is changed, s each."""
        with tempfile.TemporaryFile("w+") as file:
            if not (process := os.fork()):
                silent()
                json.dump(play(items, None), file)
                file.flush()
                os._exit(0)
            if os.waitpid(process, 0)[1]:
                raise pytest.UsageError("a test fails though nothing was changed: run pytest")
            file.seek(0)
            took: list[float] = json.load(file)
            return took

    def fork(
        self, mutant: Mutant, module: ModuleType, items: list[pytest.Item], limits: list[float]
    ) -> None:
        """Begin to play a mutant."""
        process = os.fork()
        if process:
            self.running[process] = mutant
            return
        silent()
        setrlimit(RLIMIT_AS, (MEMORY, MEMORY))
        try:
            exchange(module, mutant.text)
            play(items, limits)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def wait(self) -> None:
        """Wait for one of those that run."""
        process, status = os.wait()
        mutant = self.running.pop(process)
        outcome = SURVIVED if status == 0 else KILLED
        if os.WIFSIGNALED(status):
            outcome = TIMED_OUT
        elif outcome == SURVIVED:
            print(told(mutant), flush=True)
        self.outcomes[mutant] = outcome
        if len(self.outcomes) % 100 == 0:
            print(f"{self.name}: {len(self.outcomes)} so far", flush=True)


def told(mutant: Mutant) -> str:
    """Return a survivor in words."""
    where = f"{mutant.module}.py:{mutant.line} {mutant.function}"
    return f"{where}: survived\n  - {mutant.was}\n  + {mutant.became}"


def silent() -> None:
    """Say nothing from here on; what the tests print of a mutant is nobody's business."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def reasons() -> dict[tuple[str, str, str, str], str]:
    """Return why each survivor that is listed may live."""
    with LISTED.open("rb") as file:
        listed = tomllib.load(file)
    return {
        (module, one["function"], one["was"], one["became"]): one["reason"]
        for module, ones in listed.items()
        for one in ones
    }


def verdict(
    module: str,
    outcomes: dict[Mutant, str],
    listed: dict[tuple[str, str, str, str], str],
    whole: bool,
) -> list[str]:
    """Return what is wrong: too few killed, a survivor without a reason, a reason for nobody."""
    lived = [mutant for mutant, outcome in outcomes.items() if outcome == SURVIVED]
    known = {name for name in listed if name[0] == module}
    wrong = [
        f"no reason given: {told(one)}"
        for one in lived
        if one.name not in known and (known or module in REASONED)
    ]
    if not outcomes:
        wrong.append(f"{module}: nothing was mutated; give a line that has code, or none")
    if whole and 100 * (len(outcomes) - len(lived)) < LEAST * len(outcomes):
        wrong.append(f"{module}: {len(lived)} of {len(outcomes)} mutants survived")
    names = {mutant.name for mutant in lived}
    for name in listed:
        if whole and name[0] == module and name not in names:
            wrong.append(f"survivors.toml: {module}, {name[1]}: did not survive: {name[3]}")
    return wrong


def run(module: str, line: int, jobs: int) -> list[str]:
    """Play a module's mutants, or those of one line; print the count, return what is wrong."""
    runner = Runner(module, line, jobs)
    began = time.perf_counter()
    code = pytest.main(
        ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", *JUDGES[module]], [runner]
    )
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return [f"{module}: the tests could not be played"]
    count = Counter(runner.outcomes.values())
    killed = count[KILLED] + count[TIMED_OUT]
    print(
        f"{module}: {len(runner.outcomes)} mutants, {killed} killed ({count[TIMED_OUT]} by time), "
        f"{count[SURVIVED]} survived, {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return verdict(module, runner.outcomes, reasons(), line == 0)


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.mutants", description="Mutate the core."
    )
    parser.add_argument("what", nargs="*", metavar="MODULE[:LINE]", help=" ".join(JUDGES))
    cores = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=cores, help="how many at once (all cores)")
    asked = parser.parse_args()
    if asked.jobs < 1:
        parser.error(f"--jobs {asked.jobs} does nothing; give 1 or more")
    wrong = []
    for what in asked.what or JUDGES:
        module, _, line = what.partition(":")
        if module not in JUDGES:
            parser.error(f"{module} is none of {' '.join(JUDGES)}")
        if line and not (line.isdecimal() and len(line) < 6):
            parser.error(f"{what} names no line; write {module}:12, or {module} alone")
        found = run(module, int(line or 0), asked.jobs)
        print("\n".join(found), flush=True)
        wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
