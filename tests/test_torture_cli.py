"""`python -m sim torture`: any part of it, on any core, now or later, gives the same figures."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sim import torture_cli
from sim.arrivals import InputError
from sim.torture_parts import PARTS, Told, part, sequence

Run = Callable[..., tuple[int, str]]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    torture_cli.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return run(*arguments): the exit code, and what is printed."""

    def running(*arguments: str) -> tuple[int, str]:
        code = torture_cli.run(options(*arguments))
        return code, capsys.readouterr().out

    return running


class Fake:
    """Parts that take no time; `stop` is where somebody presses Ctrl-C."""

    def __init__(self, patch: pytest.MonkeyPatch, lost: int = 0) -> None:
        """Stand in for the parts."""
        self.asked: list[int] = []
        self.stop = -1
        self.lost = lost
        patch.setattr(torture_cli, "part", self.part)
        patch.setattr(torture_cli, "sequence", lambda seed: [4, 2, 0, 3, 1])
        patch.setattr(torture_cli, "PARTS", 5)

    def part(self, seed: int, number: int) -> Told:
        if len(self.asked) == self.stop:
            raise KeyboardInterrupt
        self.asked.append(number)
        told = {"part": number, "cuts": 10, "double_cuts": 3, "ghosts": 0, "reordered": 0}
        return told | {"lost": self.lost, "findings": ["lost, cut 1: gone"] * self.lost}


def test_a_moment_of_it_ends_with_one_line_of_json(run: Run) -> None:
    code, text = run("--seconds", "0.001", "--jobs", "1", "--json", "--seed", "7")
    told = json.loads(text)
    assert text.count("\n") == 1
    assert list(told) == ["cuts", "double_cuts", "lost", "ghosts", "reordered", "seed"]
    assert code == 0
    assert told["cuts"] > 100 and told["seed"] == 7
    assert told["lost"] == told["ghosts"] == told["reordered"] == 0


def test_a_part_is_the_same_in_any_process() -> None:
    numbers = [PARTS - 1, PARTS - 2]
    found = sorted(torture_cli.results(1, numbers, 2, None), key=lambda told: int(told["part"]))
    assert found == [part(1, number) for number in sorted(numbers)]


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


@pytest.mark.parametrize("changed", ["seed", "code", "file", "folder"])
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
        monkeypatch.setattr(torture_cli, "fingerprint", lambda: "other")
    elif changed == "file":
        state.write_text("not ours\n")
    else:
        arguments[-1] = str(tmp_path)
    before = state.read_bytes()
    with pytest.raises(InputError, match="another --state"):
        torture_cli.run(options(*arguments))
    assert state.read_bytes() == before


def test_what_was_found_is_told_and_is_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Fake(monkeypatch, lost=1)
    code, text = run("--jobs", "1")
    assert code == 1
    assert "part 4: lost, cut 1: gone\n" in text
    assert "5 presses lost, 0 numbers twice, 0 orders changed" in text
    assert run("--jobs", "1", "--json")[0] == 1


@pytest.mark.parametrize(
    "wrong", ["--seconds 0", "--seconds x", "--seconds nan", "--jobs 0", "--seed -1", "--jobs x"]
)
def test_an_argument_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        options(*wrong.split())
    assert stopped.value.code == 2
