"""`python -m sim` as a person meets it: what it prints, and what a mistake looks like.

Every mistake of the user is one line, what and what to do, exit code 2, no traceback.
"""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import sim.people.arrivals as reader
from luot.core.settings import schema
from sim import __main__ as cli
from sim import command_line, play, report
from sim.text import InputError
from sim.vm.image import BuildError
from sim.vm.node import NodeError
from sim.vm.process import VmError
from tests.faults.seeded import seed

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = "arrive,service,priority,service_s\n"
GOOD = HEAD + "08:00:05,A,0,60\n08:00:05,B,1,\n08:01:30,A,0,90.5\n"


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the command as a person would, from the project's folder."""
    command = [sys.executable, "-m", "sim", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def arrivals(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def mistake(done: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    """Fail unless it ended as a mistake must, in one line that names all of `parts`."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert ";" in lines[0], "what is wrong; what to do"
    for part in parts:
        assert part in lines[0]


FILES = {
    "a column is missing": ("arrive,service,priority\n08:00,A,0\n", ("line 1", "service_s")),
    "an empty file": ("", ("line 1", "arrive")),
    "only a header": (HEAD, ("line 2", "nobody")),
    "a time after all days": (HEAD + "9999:00:00,A,0,60\n", ("line 2", "9999:00:00")),
    "not a time": (HEAD + "8 o'clock,A,0,60\n", ("line 2", "HH:MM:SS")),
    "sixty minutes": (HEAD + "08:60:00,A,0,60\n", ("line 2", "08:60:00")),
    "a negative time": (HEAD + "-1:00:00,A,0,60\n", ("line 2", "-1:00:00")),
    "out of order": (GOOD + "08:00:00,A,0,60\n", ("line 5", "08:00:00", "sort")),
    "no such service": (GOOD + "08:02:00,X,0,60\n", ("line 5", "'X'", "A, B, C, D")),
    "no such class": (HEAD + "08:00:00,A,yes,60\n", ("line 2", "'yes'", "0 or 1")),
    "no such duration": (HEAD + "08:00:00,A,0,soon\n", ("line 2", "'soon'")),
    "a negative duration": (HEAD + "08:00:00,A,0,-5\n", ("line 2", "'-5'")),
    "too few cells": (HEAD + "08:00:00,A\n", ("line 2", "2 cells in place of 4")),
    "too many cells": (GOOD + "08:02,A,0,60,\n", ("line 5", "5 cells in place of 4")),
    "cells in one": (GOOD + "08:02;A;0;60\n", ("line 5", "1 cells in place of 4")),
    "another column": (HEAD[:-1] + ",name\n08:00,A,0,,x\n", ("line 1", "column 5 is 'name'")),
    "a column twice": (HEAD[:-1] + ",arrive\n", ("line 1", "is 'arrive', one too many")),
    "a column without a name": (HEAD[:-1] + ",\n", ("line 1", "column 5 is ''")),
    "columns that nothing separates": (HEAD.replace(",", " "), ("in 'arrive service priority",)),
    "another separator": ("sep=|\n" + GOOD.replace(",", "|"), ("line 1", "'|' separates")),
    "no separator": ("sep=\n" + HEAD, ("line 1", "'' separates")),
    "digits of another script": (HEAD + "٠٨:00,A,0,60\n", ("line 2", "arrive", "U+0660")),
    "wide digits": (HEAD + "08:00,A,0,６０\n", ("line 2", "service_s", "U+FF16")),
    "a letter of another script": (HEAD + "08:00,А,0,60\n", ("line 2", "service", "U+0410")),
    "a blank that is none": (HEAD + "08:00,A,\u00a00,60\n", ("line 2", "priority", "U+00A0")),
    "one digit for minutes": (HEAD + "8:5,A,0,60\n", ("line 2", "'8:5'")),
    "half a day": (HEAD + "08:00 PM,A,0,60\n", ("line 2", "'08:00 PM'")),
    "a number as Python has it": (HEAD + "08:00,A,0,1_0\n", ("line 2", "'1_0'")),
    "a comma for a point": (HEAD + '08:00,A,0,"60,5"\n', ("line 2", "'60,5'", "90.5")),
    "no number": (HEAD + "08:00,A,0,nan\n", ("line 2", "'nan'")),
    "200,000 digits": (HEAD + "08:00,A,0," + "9" * 200_000 + "\n", ("line 2", "field limit")),
    "a quote that does not close": (GOOD + '08:02,"A,0,60\n', ("line", "quotes")),
    "a NUL": (GOOD + "08:02,A,\0,60\n", ("line 5", "a NUL")),
    "what a terminal obeys": (HEAD + "08:00,\x1b[31mA\u202e,0,60\n", ("line 2", "U+202E")),
    "another such thing": (HEAD + "08:00,\x1b[31mA,0,60\n", ("line 2", r"'\x1b[31mA'")),
}


@pytest.mark.parametrize("name", FILES)
def test_a_mistake_in_the_arrivals_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    text, parts = FILES[name]
    path = tmp_path / "day.csv"
    path.write_text(text, encoding="utf-8")
    mistake(run("day", path, "--out", tmp_path / "out"), "day.csv", *parts)


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_of_another_code_is_named(code: str, arrivals: Path, tmp_path: Path) -> None:
    arrivals.write_bytes(GOOD.encode(code))
    mistake(run("day", arrivals, "--out", tmp_path / "out"), "UTF-16", "save it as UTF-8")
    arrivals.write_text(GOOD)
    site = tmp_path / "site.toml"
    site.write_bytes("pagers = 40".encode(code))
    mistake(run("day", arrivals, "--site", site), "UTF-16", "save it as UTF-8")


def test_bytes_that_are_no_text_are_named_with_their_line(arrivals: Path, tmp_path: Path) -> None:
    arrivals.write_bytes(GOOD.encode() + b"08:02,\xc1,0,60\n")
    mistake(run("day", arrivals, "--out", tmp_path / "out"), "line 5: byte C1 is no UTF-8")


@pytest.mark.parametrize(
    "made",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", ", "),
        lambda text: text.replace(",", " ,\t"),
        lambda text: text.replace("\n", "\r\n") + ",,,\r\n\r\n",
        lambda text: text.replace("\n", "\r"),
        lambda text: "sep=;\n" + text.replace(",", ";"),
        lambda text: "SEP=,\r\n" + text,
        lambda text: "\ufeff" + text.replace("A", '"A"'),
        lambda text: re.sub(r"[^,\n]+", lambda cell: f' "{cell[0]}"', text),
    ],
)
def test_a_table_is_read_as_office_programs_write_it(
    made: Callable[[str], str], arrivals: Path
) -> None:
    plain = reader.read(arrivals)
    arrivals.write_bytes(made(GOOD).encode())
    told = reader.read(arrivals)
    assert [vars(one) | {"line": 0} for one in told] == [vars(one) | {"line": 0} for one in plain]
    arrivals.write_bytes(made(GOOD + "08:00:00,A,0,60\n").encode())
    with pytest.raises(InputError, match=f"line {told[-1].line + 1}: .* sort the file"):
        reader.read(arrivals)


SITES = {
    "out of range": ("# ours\novertakes_max = 999\n", ("line 2", "overtakes_max", "0 to 250")),
    "not a number": ('pagers = "many"\n', ("line 1", "pagers", "1 to 999")),
    "no such rule": ('language = "en"\nrule = "fair"\n', ("line 2", "bounded")),
    "no such setting": ("\n\nspeed = 3\n", ("line 3", "speed", "recall_gap_s")),
    "no such desk": ('desks = ["AX"]\n', ("line 1", "desks")),
    "two services of one letter": ('services = ["A", "A Hai"]\n', ("line 1", "services")),
    "an address that is no multiple of 8": ("ric_first = 12\n", ("line 1", "multiple of 8")),
    "a board the simulator has not": ('board = "heltec2"\n', ("line 1", "heltec2", "t3")),
    "a line end in a name": ('services = ["A Hai\\nBa"]\n', ("line 1", "services")),
    "a table": ("[rule]\nname = 1\n", ("line 1", "rule")),
    "not TOML": ("rule = \n", ("TOML", "line 1")),
    "a list in a list": ('services = [["A"]]\n', ("line 1", '[["A"]] has a list in a list')),
    "a number in a list": ("desks = [1]\n", ("line 1", "a number in a list")),
    "a list where none can be": ("pagers = [5]\n", ("line 1", "has a list there")),
    "a truth value": ("rating = true\n", ("line 1", "a truth value")),
    "a fraction": ("pagers = 5.0\n", ("line 1", "a fraction")),
    "a date": ("hours = 2020-01-01\n", ("line 1", "no text")),
    "an item with a comma": ('services = ["A x, B"]\n', ("line 1", "comma")),
    "marks on their own": ('services = ["A Ho\u0323"]\n', ("line 1", "U+0323", "NFC")),
    "a letter that is not drawn": ('\nservices = ["A Ж"]\n', ("line 2", "U+0416 (Ж)")),
    "a blank that is none": ("\npagers =\u00a050\n", ("line 2", "U+00A0", "space")),
    "a blank that is none in a name": ('services = ["A\u2003x"]\n', ("line 1", "U+2003")),
    "quotes of a word processor": ("rule = “fifo”\n", ("line 1", "U+201C (“)")),
    "digits of another script": ('pagers = "٥٠"\n', ("line 1", "U+0665", "0 to 9")),
    "wide digits": ("pagers = ５\n", ("line 1", "U+FF15", "0 to 9")),
    "a NUL": ("pagers = 5\0\n", ("line 1", "U+0000")),
    "a key twice": ("pagers = 5\npagers = 5\n", ("TOML", "line 2")),
    "a count that does not fit": ("pagers = 5\nend = 2\n", ("line 2", "end = 2, 1", "whole")),
    "something after the end": ("pagers = 5\nend = 1\nrule = 'fifo'\n", ("line 3", "after")),
}


@pytest.mark.parametrize("name", SITES)
def test_a_mistake_in_the_site_is_named_with_its_line(
    name: str, arrivals: Path, tmp_path: Path
) -> None:
    text, parts = SITES[name]
    site = tmp_path / "site.toml"
    site.write_text(text, encoding="utf-8")
    mistake(run("day", arrivals, "--site", site, "--out", tmp_path / "out"), "site.toml", *parts)


def test_a_site_file_with_a_byte_order_mark_is_read(arrivals: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes(b'\xef\xbb\xbflanguage = "en"\r\nend = 1\r\n')
    done = run("day", arrivals, "--site", site, "--out", tmp_path / "out", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        (("--out", ""), "--out: it is empty"),
        (("--site", ""), "--site: it is empty"),
        (("--from", "20:00"), "--from is after the last one came at 08:01:30"),
        (("--until", "08:00:05"), "--until is before the first one comes at 08:00:05"),
        (("--power-cut", "07:59"), "07:59:00 is before the box is switched on at 07:59:05"),
        (("--power-cut", "08:00:30", "--power-cut", "07:00"), "07:00:00 is before the box"),
        (("--power-cut", "23:00"), "23:00:00 is after the day's end at 08:0"),
        (("--from", "08:01", "--power-cut", "08:00:20"), "08:00:20 is before"),
        (("--from", "٠٨:00"), "HH:MM"),
        (("--pace", "٢"), "is not a number"),
        (("--pace", "1_0"), "is not a number"),
        (("--seed", "٢"), "is no whole number"),
        (("--seed", "\x1b[31m"), r"'\x1b[31m' is no whole"),
        (("--pace", "-1"), "-1"),
        (("--pace", "quick"), "quick"),
        (("--priority", "2"), "0 to 1"),
        (("--no-show", "nan"), "nan"),
        (("--from", "noon"), "HH:MM"),
        (("--power-cut", "8:00:61"), "8:00:61"),
        (("--vm", "pypy"), "micropython"),
        (("--seed", "x"), "x"),
        (("--seed", "9" * 5000), "'" + "9" * 40 + "' is no whole"),
        (("--from", "12:00", "--until", "8:00"), "not after --from"),
        (("--iq", "-1"), "-1"),
        (("--turbo",), "--turbo"),
    ],
)
def test_a_mistake_in_an_option_is_named(
    extra: tuple[str, ...], part: str, arrivals: Path, tmp_path: Path
) -> None:
    mistake(run("day", arrivals, "--out", tmp_path / "out", *extra), part)


@pytest.mark.parametrize("verb", cli.VERBS, ids=[verb[0] for verb in cli.VERBS])
def test_a_verb_is_a_row(verb: command_line.Verb) -> None:
    """A word, what it does, and a module that has its arguments, what runs, what Ctrl-C leaves."""
    word, does, name = verb
    assert does in " ".join(run("--help").stdout.split())
    told = run(word, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"usage: python -m sim {word} ")
    mistake(run(word, "--turbo"), "; see: python -m sim")
    module = import_module(name)
    assert callable(module.run)
    assert module.STOPPED
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"-m sim {word}" in readme + makefile, "and somebody is told of it"


TOLD = {
    InputError("this\0; do that"): (2, "this\\x00; do that\n"),
    BuildError("line 3: no\nline 4: no"): (2, "line 3: no\nline 4: no\n"),
    NodeError("there is no node"): (2, "there is no node\n"),
    VmError("MicroPython hangs"): (2, "MicroPython hangs\n"),
    KeyboardInterrupt(): (130, "stopped; nothing is left\n"),
}


@pytest.mark.parametrize("error", TOLD, ids=[type(error).__name__ for error in TOLD])
def test_every_verb_ends_by_one_ladder(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise error

    verb = ModuleType("verb")
    vars(verb).update(arguments=lambda parser: None, run=fail, STOPPED="nothing is left")
    monkeypatch.setitem(sys.modules, "verb", verb)
    options = command_line.asked([("do", "do it", "verb")], ["do"])
    assert (command_line.run(options), capsys.readouterr().err) == TOLD[error]


def test_a_fault_of_ours_is_no_mistake_of_yours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise RuntimeError("the office stands still")

    monkeypatch.setattr(play, "run", fail)
    with pytest.raises(RuntimeError):
        cli.main(["day", "x.csv"])


def test_a_summary_that_nobody_takes_is_one_line(arrivals: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sim", "day", str(arrivals), "--until", "8:01", "--out"]
    with open("/dev/full", "w") as nowhere:
        done = subprocess.run(
            [*command, str(tmp_path)],
            check=False,
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
    assert done.returncode == 2
    assert done.stderr == "cannot print: No space left on device; send it elsewhere\n"


def test_files_that_are_none_are_named(arrivals: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    mistake(run("day", tmp_path / "absent.csv", *out), "absent.csv")
    mistake(run("day", tmp_path, *out), str(tmp_path))
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    mistake(run("day", tmp_path / "binary.csv", *out), "binary.csv")
    mistake(run("day", arrivals, "--site", tmp_path / "absent.toml", *out), "absent.toml")
    (tmp_path / "file").write_text("in the way")
    mistake(run("day", arrivals, "--out", tmp_path / "file"), "file", "--out")
    mistake(run("day", arrivals, "--out", tmp_path / "file" / "below"), "below", "--out")
    mistake(run(), "COMMAND")


def test_without_node_no_micropython(arrivals: Path, tmp_path: Path) -> None:
    nodeless = (
        "import sys; from sim import __main__; from sim.vm import node\n"
        "node.shutil.which = lambda name: None; node._packaged = lambda: None\n"
        "sys.exit(__main__.main(sys.argv[1:]))"
    )
    options = ["day", str(arrivals), "--out", str(tmp_path / "out"), "--vm", "micropython"]
    done = subprocess.run(
        [sys.executable, "-c", nodeless, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "there is no node" in done.stderr
    assert "make setup" in done.stderr


def test_a_table_as_office_programs_save_it_is_read(arrivals: Path, tmp_path: Path) -> None:
    arrivals.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert run("day", arrivals, "--out", tmp_path / "out", "--quiet").returncode == 0


def test_what_was_refused_at_the_days_end_wrote_nothing(arrivals: Path, tmp_path: Path) -> None:
    run("day", arrivals, "--out", tmp_path / "out", "--power-cut", "23:00")
    assert list((tmp_path / "out").iterdir()) == []
    done = run("day", arrivals, "--out", tmp_path / "out", "--power-cut", "08:00:30")
    assert "power cuts: 1" in done.stdout
    assert "3 got a number" in done.stdout


def test_a_full_disk_is_one_line(
    arrivals: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "_table", full)
    assert cli.main(["day", str(arrivals), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "No space left" in said.err


def test_a_day_is_told_in_plain_lines_when_piped(arrivals: Path, tmp_path: Path) -> None:
    done = run("day", arrivals, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "3 people came, 3 got a number" in done.stdout
    assert "screens/last.png" in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "events.jsonl",
        "journal.bin",
        "pages.csv",
        "screens",
        "summary.json",
        "tickets.csv",
    ]


def test_the_readme_shows_what_make_run_prints(tmp_path: Path) -> None:
    """All but the fingerprint, which is another one whenever the firmware changes."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    command = made.split("$(PY) -m sim day ", 1)[1].split("\n", 1)[0].split()
    done = run("day", *command, "--out", tmp_path)
    told = re.sub(
        r"[0-9a-f]{16}$", "FINGERPRINT", done.stdout.replace(f"{tmp_path}", "out").strip()
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("ends like\nthis:\n\n```\n", 1)[1].split("```", 1)[0]
    assert told.split() == shown.split()


def test_quiet_says_nothing_and_nobody_need_come(arrivals: Path, tmp_path: Path) -> None:
    quiet = run("day", arrivals, "--out", tmp_path / "out", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    between = ("--from", "08:00:30", "--until", "08:01")
    empty = run("day", arrivals, *between, "--out", tmp_path / "out")
    assert empty.returncode == 0
    assert "0 people came" in empty.stdout
    assert "Traceback" not in empty.stderr


def on_a_terminal(*arguments: str | Path) -> str:
    """Run the command on a terminal of its own; return all it wrote there."""
    command = [sys.executable, "-m", "sim", *map(str, arguments)]
    child, terminal = pty.fork()
    if not child:
        os.chdir(ROOT)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, command)
    said = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    os.waitpid(child, 0)
    os.close(terminal)
    return said.decode()


def test_a_terminal_shows_the_offices_clock(tmp_path: Path) -> None:
    sample = ROOT / "sim/data/2019-11-09.csv"
    said = on_a_terminal(
        "day", sample, "--until", "08:30", "--pace", "0.12", "--out", tmp_path / "out"
    )
    assert "08:2" in said
    assert "served" in said
    assert "screens/last.png" in said.replace("\r\n", "")


def test_ctrl_c_ends_in_one_line(tmp_path: Path) -> None:
    sample = ROOT / "sim/data/2019-11-09.csv"
    command = [sys.executable, "-m", "sim", "day", str(sample), "--out", str(tmp_path / "out")]
    script = (
        "import signal, sys; from sim import day, __main__; play = day.Day.run\n"
        "def stop(self, watch): signal.raise_signal(signal.SIGINT); play(self, watch)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's `&` ignores it
        f"day.Day.run = stop; sys.exit(__main__.main({command[3:]!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr.startswith("stopped")
    assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "loading", ["sim.command_line", "rich.console", "sim.chips.machine", "numpy"]
)
def test_ctrl_c_while_it_loads_ends_in_one_line(loading: str, tmp_path: Path) -> None:
    """Whatever an import makes of an exception: the process ends there."""
    script = (
        "import builtins, signal, sys; from sim import __main__; get = builtins.__import__\n"
        "def load(name, *rest):\n"
        f"    if name == {loading!r} or {loading!r} == 'sim.command_line':\n"
        "        try: signal.raise_signal(signal.SIGINT)\n"
        "        except BaseException: raise ImportError(name) from None\n"
        "    return get(name, *rest)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "builtins.__import__ = load\n"
        f"sys.exit(__main__.main(['day', 'x.csv', '--out', {str(tmp_path / 'out')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "stopped; nothing was done\n"


def test_a_run_that_must_not_be_stopped_is_not(arrivals: Path, tmp_path: Path) -> None:
    """A shell's `&` has Ctrl-C ignored; and what the caller had set is set again."""
    script = (
        "import signal, sys; from sim import __main__; play = __main__.import_module\n"
        "def load(name): signal.raise_signal(signal.SIGINT); return play(name)\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); __main__.import_module = load\n"
        f"code = __main__.main(['day', {str(arrivals)!r}, '--out', {str(tmp_path / 'out')!r}])\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_printed_as_it_is_is_spelled_out(arrivals: Path, tmp_path: Path) -> None:
    """A folder's name need not be text."""
    folder = os.fsencode(tmp_path) + b"/\xff"
    command: list[str | bytes] = [sys.executable, "-m", "sim", "day", str(arrivals)]
    command += ["--out", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\udcff" in done.stdout


# Each check can be left out.

CHECKS = {  # and the mistake that it finds
    "if name not in head:": "a column is missing",
    "if name not in COLUMNS or head.count(name) > 1:": "another column",
    "if len(cells) != len(head):": "too many cells",
    "if not people:": "only a header",
    "if arrival.arrive_s < before:": "out of order",
    "if person.service not in letters:": "no such service",
    'if row["priority"] not in ("0", "1"):': "no such class",
    "if text and (service is None or not service < 86_400):": "a negative duration",
    "if separator not in list(_SEPARATORS):": "another separator",
    "not low <= value <= high:\n        raise SettingsError": "out of range",
    "if text not in words:": "no such rule",
    "if given:": "no such setting",
    "if wrong:": "no such desk",
    "if settings.ric_first % 8:": "an address that is no multiple of 8",
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_left_out_is_missed(
    check: str,
    arrivals: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    condition, _, rest = check.partition(":")
    left_out = ("if 0:" if condition.startswith("if ") else "0:") + rest
    seed(monkeypatch, (reader, schema, play), check, left_out)
    monkeypatch.setattr("sim.day.Day.run", lambda day, watch: None)
    site = tmp_path / "site.toml"
    if CHECKS[check] in FILES:
        arrivals.write_text(FILES[CHECKS[check]][0], encoding="utf-8")
        site.write_text("", encoding="utf-8")
    else:
        site.write_text(SITES[CHECKS[check]][0], encoding="utf-8")
    try:
        code = cli.main(
            ["day", str(arrivals), "--site", str(site), "--out", str(tmp_path), "--quiet"]
        )
    except (IndexError, KeyError, ValueError):
        return
    assert (code, capsys.readouterr().err) == (0, "")
