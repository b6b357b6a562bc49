"""`python -m sim torture`: any part of it, on any core, now or later, gives the same figures."""

import argparse
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sim import ROOT
from sim.text import InputError
from sim.torture import cli
from sim.torture import state as state_file
from sim.torture.cores import results
from sim.torture.parts import PARTS, Told, part, sequence
from sim.torture.state import State

Run = Callable[..., tuple[int, str]]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return run(*arguments): the exit code, and what is printed."""

    def running(*arguments: str) -> tuple[int, str]:
        code = cli.run(options(*arguments))
        return code, capsys.readouterr().out

    return running


class Fake:
    """Parts that take no time; `stop` is where somebody presses Ctrl-C."""

    def __init__(self, patch: pytest.MonkeyPatch, lost: int = 0) -> None:
        """Stand in for the parts."""
        self.asked: list[int] = []
        self.stop = -1
        self.lost = lost
        patch.setattr(cli, "part", self.part)
        patch.setattr(cli, "sequence", lambda seed: [4, 2, 0, 3, 1])
        patch.setattr(cli, "PARTS", 5)

    def part(self, seed: int, number: int) -> Told:
        if len(self.asked) == self.stop:
            raise KeyboardInterrupt
        self.asked.append(number)
        told = {"part": number, "cuts": 10, "double_cuts": 3, "ghosts": 0, "reordered": 0}
        return told | {"lost": self.lost, "findings": ["lost, cut 1: gone"] * self.lost}


def test_a_moment_of_it_ends_with_one_line_of_json(run: Run) -> None:
    code, text = run("--seconds", "0.001", "--jobs", "1", "--json", "--seed", "4")
    told = json.loads(text)
    assert text.count("\n") == 1
    assert list(told) == ["cuts", "double_cuts", "lost", "ghosts", "reordered", "seed"]
    assert code == 0
    assert told["cuts"] > 100 and told["seed"] == 4
    assert told["lost"] == told["ghosts"] == told["reordered"] == 0


def test_a_part_is_the_same_in_any_process() -> None:
    numbers = [PARTS - 1, PARTS - 2]
    found = sorted(results(partial(part, 1), numbers, 2, None), key=lambda told: int(told["part"]))
    assert found == [part(1, number) for number in sorted(numbers)]


def test_a_process_that_ends_by_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = Fake(monkeypatch).part

    def killed(seed: int, number: int) -> Told:
        if number == 0:
            os._exit(9)  # as where memory runs out
        return done(seed, number)

    monkeypatch.setattr(cli, "part", killed)
    with pytest.raises(InputError, match=r"ended by itself \(9\).* so far \d+ power cuts"):
        cli.run(options("--jobs", "2", "--state", str(tmp_path / "state")))


def test_every_part_is_done_once() -> None:
    assert sorted(sequence(1)) == list(range(PARTS))
    assert sequence(1) == sequence(1) != sequence(2)


def test_it_goes_on_where_it_was_stopped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, state = Fake(monkeypatch), tmp_path / "new" / "state"
    arguments = ("--jobs", "1", "--state", str(state))
    fake.stop = 3
    code, text = run(*arguments)
    assert code == 130
    assert text.startswith("30 power cuts, 9 of them in the start after another: 0 presses lost")
    with state.open("a") as file:
        file.write('{"part": 3, "cuts"')  # the plug was pulled on this machine
    fake.stop = -1
    code, text = run(*arguments)
    assert code == 0
    assert fake.asked == [4, 2, 0, 3, 1]
    assert text.startswith("50 power cuts") and "5 of 5 parts" in text
    assert run(*arguments)[1].startswith("50 power cuts")
    assert len(fake.asked) == 5


@pytest.mark.parametrize("changed", ["seed", "code", "file", "short", "folder"])
def test_a_state_of_something_else_is_refused(
    changed: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fake(monkeypatch)
    state = tmp_path / "state"
    arguments = ["--jobs", "1", "--state", str(state)]
    run(*arguments)
    if changed == "seed":
        arguments += ["--seed", "2"]
    elif changed == "code":
        monkeypatch.setattr(state_file, "fingerprint", lambda: "other")
    elif changed == "file":
        state.write_text("not ours\n")
    elif changed == "short":
        state.write_text("not ours")
    else:
        arguments[-1] = str(tmp_path)
    before = state.is_file() and state.read_bytes()
    with pytest.raises(InputError, match="another --state"):
        cli.run(options(*arguments))
    assert (state.is_file() and state.read_bytes()) == before


def test_a_part_that_is_told_twice_counts_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fake(monkeypatch)
    state = tmp_path / "state"
    arguments = ("--jobs", "1", "--state", str(state))
    run(*arguments)
    lines = state.read_text().splitlines(keepends=True)
    state.write_text("".join(lines + lines[1:]))
    assert run(*arguments)[1].startswith("50 power cuts")


@pytest.mark.parametrize(
    "wrong",
    [
        {"findings": None},
        {"findings": ["lost", 1]},
        {"findings": "lost"},
        {"cuts": "10"},
        {"lost": -1},
        {"part": PARTS},
        {"more": 1},
        [],
        7,
    ],
    ids=str,
)
def test_a_line_that_is_no_part_is_refused(
    wrong: object, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, state = Fake(monkeypatch), tmp_path / "state"
    run("--jobs", "1", "--state", str(state))
    line = fake.part(1, 3) | wrong if isinstance(wrong, dict) else wrong
    with state.open("a") as file:
        file.write(json.dumps(line) + "\n")
    before = state.read_bytes()
    with pytest.raises(InputError, match=r"line 7 is no part .* remove that line or give"):
        State(state, 1)
    assert state.read_bytes() == before


def test_a_disk_that_fills_is_told_with_the_counts_so_far(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, state = Fake(monkeypatch), tmp_path / "state"
    kept, opened = state, Path.open

    def full(path: Path, mode: str, encoding: str | None = None) -> object:
        if path == kept and len(fake.asked) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, encoding=encoding)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(InputError) as told:
            run("--jobs", "1", "--state", str(state))
    assert str(told.value).startswith(
        f"cannot write {state}: No space left on device; make room and run this again; "
        "so far 30 power cuts, 9 of them in the start after another: 0 presses lost"
    )
    assert "\n" not in str(told.value)
    assert run("--jobs", "1", "--state", str(state))[1].startswith("50 power cuts")
    assert fake.asked == [4, 2, 0, 0, 3, 1]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_cannot_be_printed_is_one_line_and_no_finding(form: list[str]) -> None:
    with open("/dev/full", "w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-m", "sim", "torture", "--seconds", "0.01", "--jobs", "1", *form],
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
        )
    assert done.returncode == 2
    assert done.stderr == "cannot print: No space left on device; send it elsewhere\n"


def test_a_misuse_alone_is_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = Fake(monkeypatch)
    misused = {"findings": ["misuses, cut 1: a 1 is wanted of a 0"]}
    monkeypatch.setattr(cli, "part", lambda seed, n: fake.part(seed, n) | misused)
    code, text = run("--jobs", "1")
    assert code == 1
    assert "part 4: misuses, cut 1: a 1 is wanted" in text
    assert "0 presses lost, 0 numbers twice, 0 orders changed" in text
    assert cli.run(options("--jobs", "1", "--json")) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["ghosts"] == 0
    assert "part 4: misuses" in told.err


def test_what_was_found_is_told_and_is_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Fake(monkeypatch, lost=1)
    code, text = run("--jobs", "1")
    assert code == 1
    assert "part 4: lost, cut 1: gone\n" in text
    assert "5 presses lost, 0 numbers twice, 0 orders changed" in text
    assert run("--jobs", "1", "--json")[0] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "--seconds 0",
            "--seconds x",
            "--seconds nan",
            "--seconds 1e10",
            "--jobs 0",
            "--seed -1",
            "--jobs x",
        ),
        *("--jobs 257", "--jobs 1000000000000", "--seed 1000000001", "--seed " + "9" * 5000),
    ],
    ids=lambda wrong: str(wrong)[:20],
)
def test_an_argument_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        options(*wrong.split())
    assert stopped.value.code == 2
