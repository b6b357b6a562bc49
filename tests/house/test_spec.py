"""firmware/SPEC.md and the code say the same: its test vectors, its tables, its list of files.

A fenced block ```vector KIND holds lines `what -> outcome`; an indented line continues the one
before. CHECKS has a function for each kind. Every letter and digit of every vector is spoilt in
turn, to see that it is looked at.
"""

import functools
import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from luot import board
from luot.core import limits, records
from luot.core.display.canvas import WIDTH, Canvas
from luot.core.display.strings import Strings
from luot.core.journal import chain, ring, rows
from luot.core.journal.journal import Journal
from luot.core.line import line as line_
from luot.core.line import order, rules, ticket
from luot.core.line.premises import decide_end
from luot.core.pages import pocsag
from luot.core.settings import notation
from luot.core.settings.notation import SettingsError
from luot.core.settings.settings import Settings
from luot.drivers import sx127x, sx127x_pocsag
from luot.pc.advice import advise
from luot.pc.reader import read
from sim import report, site
from sim.day import Day, Plan
from sim.people import arrivals
from tests.rigs.board import Bench

ROOT = Path(__file__).parent.parent.parent
SPEC = (ROOT / "firmware/SPEC.md").read_text(encoding="utf-8")

Vector = tuple[str, str]  # what, outcome
Row = dict[str, str]  # of a table, by the names of its columns


def vectors(text: str) -> dict[str, list[Vector]]:
    """Return the vectors of a text by kind, in order."""
    found: dict[str, list[Vector]] = {}
    for kind, block in re.findall(r"^```vector ([\w ]+)\n(.*?)^```$", text, re.M | re.S):
        for line in re.sub(r"\n[ ]+", " ", block).splitlines():
            what, outcome = line.split(" -> ")
            found.setdefault(kind, []).append((what.strip(), outcome.strip()))
    return found


def tables(text: str, *columns: str) -> list[Row]:
    """Return the rows of every table with these columns."""
    rows: list[Row] = []
    names: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if not line.startswith("|"):
            names = []
        elif not names:
            names = cells
        elif names == list(columns) and not set(line) <= set("|-: "):
            if cells[0]:
                rows.append(dict.fromkeys(names, ""))
            for name, cell in zip(names, cells, strict=True):
                rows[-1][name] = f"{rows[-1][name]} {cell}".strip()
    assert rows, f"no table with the columns {columns}"
    return rows


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


def taken(pattern: str, text: str) -> tuple[str, ...]:
    """Return the groups of a pattern that fits the whole text."""
    found = re.fullmatch(pattern, text)
    assert found, f"{text!r} is not like {pattern!r}"
    return found.groups()


# -- pages ------------------------------------------------------------------------------------


def code_words(what: str, outcome: str) -> None:
    ric, function, text = what.split(" ", 2)
    body = b"" if text == "(tone)" else text.encode()
    out = bytearray(68 * 4)
    first = 2 * (int(ric) & 7)
    end = pocsag.put_page(out, first, int(ric), int(function), body)
    words = b"".join(out[at : at + 4] for at in (4 * (s + s // 16) for s in range(first, end)))
    assert f"slot {first}: {words.hex(' ', 4).upper()}" == outcome


@functools.cache
def on_air(pages: tuple[tuple[int, str], ...]) -> bytes:
    """What the radio's twin radiates for these (pager, text): a 1 is the lower frequency."""
    bench = Bench()
    radio = sx127x.SX127x(*bench.spi())
    while not radio.start():
        bench.wait_ms(5)
    site_ = Settings()
    modulation = sx127x_pocsag.table(site_.pocsag_bps, False)
    radio.configure(modulation, site_.frequency_hz, site_.trim_hz, site_.power_dbm)
    out = bytearray(200)
    n = pocsag.encode([(site_.ric(pager), 3, text.encode()) for pager, text in pages], out)
    radio.send(out, n)
    bench.wait_ms(1)
    while not radio.poll(0):
        bench.wait_ms(50)
    assert bench.misuses == []
    bits = "".join(str(bit ^ 1) for bit in bench.sent[0].bits)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def transmission(what: str, outcome: str) -> None:
    pages = tuple((int(p), text) for p, text in re.findall(r"pager (\d+) '([^']*)'", what))
    assert on_air(pages) == octets(outcome)


def address(what: str, outcome: str) -> None:
    first, pager = taken(r"ric_first (\d+), pager (\d+)", what)
    assert Settings([("ric_first", first)]).ric(int(pager)) == int(outcome)


def airtime(what: str, outcome: str) -> None:
    length, rate = taken(r"(\d+) bytes at (\d+) bit/s", what)
    assert pocsag.airtime_ms(int(length), int(rate)) == int(outcome)


# -- the journal ------------------------------------------------------------------------------


class Flash:
    """A partition of good cells."""

    def __init__(self, sectors: int) -> None:
        self.sectors = sectors
        self.cells = bytearray(b"\xff" * 4096 * sectors)

    def read_into(self, offset: int, buffer: bytearray) -> None:
        buffer[:] = self.cells[offset : offset + len(buffer)]

    def program(self, offset: int, data: bytes | bytearray) -> None:
        for i, byte in enumerate(data, offset):
            self.cells[i] &= byte

    def erase(self, sector: int) -> None:
        self.cells[4096 * sector : 4096 * sector + 4096] = b"\xff" * 4096


EPOCH_S = 1_798_444_800  # 28 December 2026, 8:00


class Morning:
    """The morning of SPEC.md 2.9, at two desks of which the first serves A and B, the other A."""

    def __init__(self) -> None:
        self.flash = Flash(4)
        self.start(0)
        self.own(records.DAY_OPEN, records.SURE, ticket=1, c=rules.BOUNDED, d=3)
        self.tidy()
        for kind, source, tenths, at, extra in (
            (records.ISSUE, 0, 312, 0, 0),
            (records.ISSUE, 0, 598, 1, 0),
            (records.ISSUE, 0, 700, 0, ticket.PRIORITY),
            (records.CALL, 1, 755, 1, 0),
            (records.ARRIVED, 1, 823, 1, 0),
            (records.CALL, 2, 900, 2, 0),
            (records.RECALL, 2, 1204, 2, 30_400),
            (records.ABSENT, 2, 1560, 2, 0),
            (records.CALL, 1, 1800, 1, 0),
            (records.ARRIVED, 1, 1900, 1, 0),
            (records.ARRIVED, 1, 2500, 1, 0),
        ):
            self.press(kind, source, tenths | records.SURE, at, extra)
        self.start(2500)
        self.own(records.CLOCK, 2500, a=EPOCH_S & 0xFFFF, b=EPOCH_S >> 16)
        for kind, source, tenths, at, extra in (
            (records.ISSUE, 0, 2610, 0, 0),
            (records.CALL, 2, 2633, 2, 0),
            (records.ISSUE, 0, 2702, 0, 0),
            (records.CALL, 2, 2950, 2, 0),
            (records.ISSUE, 0, 2981, 0, 0),
            (records.HOLD, 2, 3050, 2, 0),
            (records.BACK, 2, 3102, 2, 1),
            (records.CALL, 1, 3150, 1, 1),
            (records.UNDO, 1, 3201, 1, 5_100),
            (records.RESUME, 2, 3260, 2, 5),
            (records.ARRIVED, 2, 3333, 2, 0),
            (records.RATING, 2, 3340, 2, 1),
            (records.TRANSFER, 2, 3400, 2, 1),
            (records.PAGER, 2, 3450, 7, 0),
            (records.INTAKE, 1, 3500, 1, 2),
            (records.DESK, 2, 3520, 2, line_.BREAK),
            (records.CANCEL, 1, 3555, 1, 6),
        ):
            self.press(kind, source, tenths, at, extra)
        self.journal.events = limits.CHECKPOINT_AFTER
        self.tidy()
        self.press(records.INTAKE, 1, 3600, 1, 0)
        for i in range(40):
            self.press(records.ISSUE, 0, 4000 + 40 * i, 1, 0)
            self.press(records.CALL, 1, 4010 + 40 * i, 1, 0)
            self.press(records.ARRIVED, 1, 4020 + 40 * i, 1, 0)
            self.tidy()
        self.close(9000)

    def close(self, tenths: int) -> None:
        """End the day for everybody."""
        for slot in range(1, self.order.tickets + 1):
            if 0 < self.order.state[slot] < ticket.DONE:
                record = bytearray(records.SIZE)
                decide_end(self.order, record, slot, tenths)
                self.journal.append(record)
        self.press(records.DAY_CLOSE, 1, tenths, 1, 0)

    def start(self, tenths: int) -> None:
        self.order = order.Order((0b11, 0b01), pagers=8, tickets=16)
        self.journal = Journal(self.flash, self.order, bytes(range(32)))
        self.journal.mount()
        starts = self.order.boots + 1
        sure = records.SURE if starts == 1 else 0
        self.own(records.BOOT, tenths | sure, desk=2, a=starts, c=self.order.rule, d=3)

    def own(self, kind: int, time: int, **fields: int) -> None:
        record = bytearray(records.SIZE)
        records.fact(record, kind, **fields)
        records.press(record, 0, 0, time)
        self.journal.append(record)

    def press(self, kind: int, source: int, time: int, at: int, extra: int) -> None:
        record = bytearray(records.SIZE)
        number = self.order.pressed[source] + 1
        if not self.order.decide(record, kind, source, number, time, at, extra):
            self.journal.append(record)

    def tidy(self) -> None:
        while self.journal.idle(True):
            pass


@functools.cache
def morning() -> Morning:
    return Morning()


def slot(number: int) -> bytearray:
    return morning().flash.cells[records.SIZE * number : records.SIZE * (number + 1)]


Layout = tuple[tuple[str, int, int], ...]  # name, first byte, bytes

_EVENT: Layout = (
    *(("source", 8, 1), ("press", 9, 2), ("time", 11, 3), ("desk", 14, 1), ("lane", 15, 1)),
    *(("ticket", 16, 2), ("number", 18, 2), ("pager", 20, 2)),
    *(("a", 22, 2), ("b", 24, 2), ("c", 26, 1), ("d", 27, 1)),
)
_ROWS: dict[str, Layout] = {
    "HEADER": (("version", 8, 1), ("sectors", 9, 2), ("checkpoint", 11, 4), ("erases", 15, 4)),
    "ANCHOR": (("value", 8, 20),),
    "BEGIN": (("value", 8, 20),),
    "DAY_ROW": (
        *(("day", 8, 2), ("arrivals", 10, 2), ("served", 12, 2), ("time", 14, 3)),
        *(("starts", 17, 4), ("quiet", 21, 1)),
        *(("lane", 22, 1), ("number", 23, 2), ("pager", 25, 2)),
    ),
    "COUNT_ROW": (
        *((letter, 8 + 2 * i, 2) for i, letter in enumerate("ABCDEFGH")),
        ("pagers", 24, 2),
    ),
    "PRESS_ROW": (("first", 8, 1), *((f"+{i}", 10 + 2 * i, 2) for i in range(9))),
    "DESK_ROW": (
        *(("desk", 8, 1), ("call", 9, 3), ("class", 12, 1), ("state", 13, 1)),
        *(("called", 14, 2), ("serving", 16, 2)),
        *(("good", 18, 2), ("fair", 20, 2), ("bad", 22, 2), ("unrated", 24, 1)),
    ),
    "PAGER_ROW": tuple((f"+{i}", 8 + 2 * i, 2) for i in range(10)),
    "TICKET_ROW": (
        *(("ticket", 8, 2), ("place", 10, 2), ("number", 12, 2), ("pager", 14, 2)),
        *(("lane", 16, 1), ("state", 17, 1), ("desk", 18, 1), ("overtaken", 19, 1)),
        *(("calls", 20, 1), ("since", 21, 2), ("bound", 23, 1), ("series", 24, 1)),
    ),
    "UNDO_ROW": (
        *(("source", 8, 1), ("kind", 9, 1), ("ticket", 10, 2), ("place", 12, 2), ("lane", 14, 1)),
        *(("bound", 15, 1), ("states", 16, 1), ("calls", 17, 1), ("closed", 18, 2)),
        *(("flags", 20, 1), ("call", 21, 3), ("wait", 24, 2), ("service", 26, 2)),
    ),
    "TALLY_ROW": (
        *(("row", 8, 1), ("served", 9, 2), ("absent", 11, 2), ("waits", 13, 2), ("wait", 15, 4)),
        *(("worst", 19, 2), ("services", 21, 2), ("service", 23, 4)),
    ),
    "OFFICE_ROW": (
        *(("open", 8, 1), ("intake", 9, 1), ("visits", 10, 1), ("mean", 11, 4)),
        *(("untimed", 15, 2), ("started", 17, 3)),
    ),
    "END": (("begin", 8, 4), ("rows", 12, 2), ("crc", 14, 4), ("seal", 18, 8)),
}
_NO_KINDS = {"SIZE", "START_UNKNOWN", "BY_NUMBER", "SURE", "TIME_MAX"}
KINDS = {
    name: value
    for name, value in vars(records).items()
    if name.isupper() and not name.startswith(("_", "AT_")) and name not in _NO_KINDS
}


def told(place: int) -> str:
    """Return the vector of a slot of the morning, read by the layouts above."""
    data = bytes(slot(place))
    kind = {value: name for name, value in KINDS.items()}[data[7]]
    layout = _ROWS.get(kind, _EVENT)
    words = [f"slot {place}: {kind}", f"ordinal {int.from_bytes(data[4:7], 'little')}"]
    pieces, at = [data[:4], data[4:7], data[7:8]], 8
    for name, start, size in (*layout, ("", 28, 4)):
        value = data[start : start + size]
        number = int.from_bytes(value, "little")
        pieces += [data[at:start], value]
        at = start + size
        if name == "time":
            words.append(f"time {number % 2**23 / 10}" + ", sure" * (number >> 23))
        elif name and number:
            words.append(f"{name} {value.hex() if size > 4 else number}")
    return f"{', '.join(words)} -> {' '.join(piece.hex() for piece in pieces if piece)}"


def record(what: str, outcome: str) -> None:
    """A slot of the morning, and what it means."""
    place, kind = taken(r"slot (\d+): (\w+), .*", what)
    assert kind in KINDS
    assert f"{what} -> {outcome}" == told(int(place))
    assert records.valid(slot(int(place)), int(place))


def killed(what: str, outcome: str) -> None:
    assert slot(int(what.removeprefix("slot "))) == octets(outcome)


def link(what: str, outcome: str) -> None:
    """The chain, from its definition and not from `chain`."""
    value = bytes(20)
    last = int(what.removeprefix("after ordinal "))
    done = 0
    for _, event, _ in read(morning().flash):
        if event[7] < records.HEADER and done < int.from_bytes(event[4:7], "little") <= last:
            done += 1
            value = sha256(value + event[4:28]).digest()[:20]
    assert done == last
    assert value == octets(outcome)


def reader(what: str, outcome: str) -> None:
    told = {sequence: linked for sequence, _, linked in read(morning().flash)}
    assert str(told[int(what.removeprefix("slot "))]) == outcome


def hmac(what: str, outcome: str) -> None:
    key, message = taken(r"key (\w+), message (\w+)", what)
    assert chain.hmac(bytes.fromhex(key), bytes.fromhex(message)) == octets(outcome)


_CONSTANTS: dict[str, Callable[[], int]] = {
    "bytes in a record": lambda: records.SIZE,
    "slots in a sector": lambda: ring.SLOTS,
    "fewest sectors": lambda: ring.SECTORS_MIN,
    "format version": lambda: ring.VERSION,
    "events after which an idle moment writes a checkpoint": lambda: limits.CHECKPOINT_AFTER,
    "events after which the next press writes it": lambda: limits.CHECKPOINT_FORCE,
    "rows written in one idle moment": lambda: limits.CHECKPOINT_SLICE,
    "starts in a row without a key that are recorded": lambda: limits.QUIET_STARTS,
    "pages in one transmission": lambda: limits.PAGES_TOGETHER,
    "pages perhaps heard, for a press": lambda: limits.RINGS_PRESS,
    "pages perhaps heard, for the start after it": lambda: limits.RINGS_START,
    "sources of presses": lambda: limits.SOURCES,
    "state WAITING": lambda: ticket.WAITING,
    "state CALLED": lambda: ticket.CALLED,
    "state SERVING": lambda: ticket.SERVING,
    "state HELD": lambda: ticket.HELD,
    "state ABSENT": lambda: ticket.ABSENT,
    "state DONE": lambda: ticket.DONE,
    "desk CLOSED": lambda: line_.CLOSED,
    "desk OPEN": lambda: line_.OPEN,
    "desk BREAK": lambda: line_.BREAK,
    "a time that is not known": lambda: line_.UNKNOWN,
    "days whose figures are kept": lambda: limits.DAYS_KEPT,
    "rule bounded": lambda: rules.RULES.index("bounded"),
    "rule strict": lambda: rules.RULES.index("strict"),
    "rule alternate": lambda: rules.RULES.index("alternate"),
    "rule fifo": lambda: rules.RULES.index("fifo"),
}


def constant(what: str, outcome: str) -> None:
    assert _CONSTANTS[what]() == int(outcome, 0)


# -- files on the device ----------------------------------------------------------------------


@functools.cache
def office() -> Settings:
    lines = [outcome for what, outcome in vectors(SPEC)["settings"] if what == "line"]
    return Settings(notation.parse("\n".join(lines).encode()))


def setting(what: str, outcome: str) -> None:
    """The lines are read together; the others say what came of them."""
    if what == "line":
        assert ("line", outcome) in vectors(SPEC)["settings"]
    elif what == "masks":
        assert office().masks() == tuple(int(mask, 2) for mask in outcome.split())
    else:
        value = getattr(office(), what)
        assert (" / ".join(value) if isinstance(value, tuple) else str(value)) == outcome


def written(what: str, outcome: str) -> None:
    try:
        read = notation.pair(what.encode())
        told = " / ".join(read) if read else "nothing"
    except SettingsError as error:
        told = f"{str(error).strip()} / {error.cause or 'value'}"
    assert told == outcome


def refusal(what: str, outcome: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(notation.parse(f"{what}\nend = 1".encode()))
    assert advise(caught.value) == outcome


def glyph(what: str, outcome: str) -> None:
    """A character drawn with the file of the first vector; what is drawn lies page after page."""
    file = octets(dict(vectors(SPEC)["font"])["file"])
    if what == "file":
        assert octets(outcome) == file
        return
    face, character = what.split(" ")
    canvas = Canvas(bytearray(1024), BytesIO(file))
    assert canvas.number.end == len(file)
    draw, width, pages = {"text": (canvas.small, 3, 1), "number": (canvas.big, 2, 2)}[face]
    draw(0, 0, character)
    drawn = [canvas.buffer[WIDTH * page : WIDTH * page + width] for page in range(pages)]
    assert b"".join(drawn) == octets(outcome)


def string(what: str, outcome: str) -> None:
    rows_ = [row_ for name, row_ in vectors(SPEC)["strings"] if name == "line"]
    if what == "line":
        assert outcome in rows_
        return
    key, *values = what.split(" ")
    pairs = [part for value in values for part in value.split("=")]
    assert Strings(BytesIO(("\n".join(rows_) + "\n").encode())).get(key, *pairs) == outcome


CHECKS: dict[str, Callable[[str, str], None]] = {
    "code words": code_words,
    "transmission": transmission,
    "address": address,
    "airtime": airtime,
    "constants": constant,
    "records": record,
    "killed": killed,
    "chain": link,
    "reader": reader,
    "hmac": hmac,
    "settings": setting,
    "notation": written,
    "refusals": refusal,
    "font": glyph,
    "strings": string,
}


@pytest.mark.parametrize("kind", CHECKS)
def test_the_code_meets_every_vector(kind: str) -> None:
    for what, outcome in vectors(SPEC)[kind]:
        CHECKS[kind](what, outcome)


def test_no_vector_is_left_out() -> None:
    assert set(vectors(SPEC)) == set(CHECKS)
    assert len(vectors(SPEC)["code words"]) == 8


def spoilt(text: str) -> Iterator[str]:
    """Yield the text with one letter or digit wrong, for each in turn."""
    for match in re.finditer(r"[0-9A-Za-z]", text):
        old, at = match[0], match.start()
        new = "1" if old == "0" else "0" if old.isdigit() else "A" if old in "Bb" else "B"
        yield text[:at] + new + text[at + 1 :]


def fails(check: Callable[..., None], *arguments: Any) -> bool:
    """Say whether a check fails; an error over what it cannot read is a failure too."""
    try:
        check(*arguments)
    except (AssertionError, AttributeError, KeyError, ValueError, pytest.fail.Exception):
        return True
    return False


@pytest.mark.parametrize("kind", CHECKS)
def test_a_wrong_letter_or_digit_is_found(kind: str) -> None:
    for what, outcome in vectors(SPEC)[kind]:
        for wrong in spoilt(outcome):
            assert fails(CHECKS[kind], what, wrong), f"{what} -> {wrong}"


@pytest.mark.parametrize("kind", ["records", "code words", "transmission"])
def test_a_wrong_letter_or_digit_in_what_bytes_mean_is_found(kind: str) -> None:
    for what, outcome in vectors(SPEC)[kind]:
        for wrong in spoilt(what):
            assert fails(CHECKS[kind], wrong, outcome), f"{wrong} -> {outcome}"


# -- tables -----------------------------------------------------------------------------------

# What the code puts where: name (of no matter here), first byte, bytes; one after the other.
LAYOUTS: dict[str, tuple[str | int, ...]] = {
    "DAY_ROW": rows.DAY,
    "COUNT_ROW": rows.COUNT,
    "PRESS_ROW": rows.PRESS,
    "DESK_ROW": rows.DESK,
    "PAGER_ROW": rows.PAGER,
    "TICKET_ROW": rows.TICKET,
    "UNDO_ROW": rows.UNDO,
    "TALLY_ROW": rows.TALLY,
    "OFFICE_ROW": rows.OFFICE + rows.OFFICE_TALLY + rows.OFFICE_START,
    "END": (
        *("", records.AT_BEGIN, 4, "", records.AT_ROWS, 2),
        *("", records.AT_ROWS_CRC, 4, "", records.AT_SEAL, chain.SEAL),
    ),
}


def checkpoint_rows(table: list[Row]) -> None:
    """Every field of a row lies where the code puts it, and is as long; lists are of u16."""
    assert [row_["kind"].strip("`") for row_ in table] == list(LAYOUTS)
    for row_ in table:
        layout = LAYOUTS[row_["kind"].strip("`")]
        fields = re.split(r"(?<!\w)(\d+): ", row_["bytes 8..27"])
        told = {int(at): text for at, text in zip(fields[1::2], fields[2::2], strict=True)}
        assert list(told) == list(layout[1::3])
        for text, size in zip(told.values(), layout[2::3], strict=True):
            (long,) = re.findall(r"\bu(?:8|16|24|32)\b(?: each)?|\d+ bytes", text)
            said = int(re.findall(r"\d+", long)[0]) // (1 if "bytes" in long else 8)
            assert isinstance(size, int)
            assert (said == 2 and size % 2 == 0) if "each" in long else said == size


def kind_rows(rows: list[Row]) -> None:
    """Every kind of record has its row and a vector."""
    told = {row_["name"].strip("`"): int(row_["kind"], 0) for row_ in rows}
    assert len(told) == len(rows)
    assert told == KINDS
    assert set(told) == {re.split("[ ,]", what)[2] for what, _ in vectors(SPEC)["records"]}


def setting_rows(rows: list[Row]) -> None:
    """Every key has its row, with the default the code has, and the range the code keeps."""
    assert [row_["key"].strip("`") for row_ in rows] == list(vars(Settings()))
    for row_ in rows:
        key = row_["key"].strip("`")
        value = getattr(Settings(), key)
        text = value.hex() if isinstance(value, bytes) else value
        told = ", ".join(text) if isinstance(text, tuple) else str(text)
        assert row_["default"].strip("`") == told
        good, bad = limits_of(key, row_["may be"])
        for value in good:
            Settings([(key, str(value))])
        for value in bad:
            with pytest.raises(SettingsError):
                Settings([(key, str(value))])


def limits_of(key: str, text: str) -> tuple[list[Any], list[Any]]:
    """Return what a cell in words lets in, at its limits, and what it keeps out just beyond."""
    if found := re.fullmatch(r"(-?\d+) to (-?\d+)(, a multiple of (\d+))?", text):
        low, high, step = int(found[1]), int(found[2]), int(found[4] or 1)
        between = [low + 1] if step > 1 else []
        return [low, low + step, high], [low - step, high + step, *between]
    if found := re.fullmatch(r"(\d+) to (\d+), with commas in between", text):
        items = [*"ABCDEFGHI"] if key == "services" else ["ABCD"] * 9
        low, high = int(found[1]), int(found[2])
        lists = [",".join(items[:count]) for count in (low, high, low - 1, high + 1)]
        return lists[:2], lists[2:]
    if found := re.fullmatch(r"(\d+) hexadecimal digits, or nothing", text):
        digits = "a" * int(found[1])
        return ["", digits], [digits[1:], digits[2:], digits + "aa", "g" + digits[1:]]
    if text == "seven days, or nothing":
        day, wrong = "7:30-11:30 13:00-17:00", ("7:30", "17:00-7:30", "7:60-8:00", "25:00-26:00")
        good = ["", ",".join([day] * 6 + ["-"])]
        return good, [day, ",".join([day] * 8), *(",".join(["-"] * 6 + [bad]) for bad in wrong)]
    assert re.fullmatch(r"`\w+`(, `\w+`)*", text)
    words = re.findall(r"\w+", text)
    return words, [*(word + "0" for word in words), ""]


def board_rows(rows: list[Row]) -> None:
    assert [row_["board"].strip("`") for row_ in rows] == list(board.BOARDS)
    for row_ in rows:
        told = [int(n) for n in re.findall(r"\d+", " ".join(list(row_.values())[2:]))]
        _, radio, i2c, keys, led, battery = board.BOARDS[row_["board"].strip("`")]
        assert told == [*radio, *i2c, *keys, led, battery[0]]


class Table(NamedTuple):
    """A table of SPEC.md: its columns, those that are checked, and the check."""

    columns: tuple[str, ...]
    checked: tuple[str, ...]
    check: Callable[[list[Row]], None]


WIRING = ("SCK MOSI MISO NSS NRESET", "SCL SDA", "/INT, GPIO keys", "LED", "ADC")
TABLES = {
    "kinds": Table(("kind", "name", "what happened, and its fields"), ("kind", "name"), kind_rows),
    "checkpoints": Table(("kind", "rows", "bytes 8..27"), ("kind",), checkpoint_rows),
    "settings": Table(
        ("key", "default", "may be", "what it is"), ("key", "default", "may be"), setting_rows
    ),
    "boards": Table(("board", "what it is", *WIRING), ("board", *WIRING), board_rows),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_code_meets_the_table(name: str) -> None:
    TABLES[name].check(tables(SPEC, *TABLES[name].columns))


@pytest.mark.parametrize("name", TABLES)
def test_a_wrong_letter_or_digit_in_a_table_is_found(name: str) -> None:
    columns, checked, check = TABLES[name]
    rows = tables(SPEC, *columns)
    for i, row_ in enumerate(rows):
        for column_ in checked:
            for wrong in spoilt(row_[column_]):
                broken = [*rows[:i], row_ | {column_: wrong}, *rows[i + 1 :]]
                assert fails(check, broken), f"{column_}: {wrong}"


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_field_told_in_another_place_is_found(kind: str) -> None:
    table = tables(SPEC, *TABLES["checkpoints"].columns)
    (row_,) = (row_ for row_ in table if row_["kind"].strip("`") == kind)
    fields = row_["bytes 8..27"]
    for found in re.finditer(r"(?<!\w)\d+(?=: )|\bu\d+\b", fields):
        moved = found[0].replace("16", "24").replace("8", "16") if found[0][0] == "u" else "28"
        wrong = fields[: found.start()] + moved + fields[found.end() :]
        broken = [one | {"bytes 8..27": wrong} if one is row_ else one for one in table]
        assert moved == found[0] or fails(checkpoint_rows, broken), wrong


# -- the files of a day -----------------------------------------------------------------------


def section(number: str) -> str:
    """Return the text under the heading of that number, up to the next one."""
    _, _, rest = SPEC.partition(f"\n### {number} ")
    return re.split(r"^##", rest, maxsplit=1, flags=re.M)[0]


def column(number: str, *columns: str) -> list[str]:
    """Return the first column of the table in a section."""
    return [row_[columns[0]] for row_ in tables(section(number), *columns)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Day]:
    """Twenty minutes of the sample day, with a power cut, and all files of it."""
    people = arrivals.read(ROOT / "sim/data/2019-11-09.csv")
    eight = 8 * 3600
    plan = Plan(people, Settings(), eight, eight + 1200, pace=0.1, power_cuts_s=[eight + 300])
    played = Day(plan)
    played.run()
    folder = tmp_path_factory.mktemp("day")
    report.write(played, folder, True, 1, 0.0)
    return folder, played


def test_a_day_leaves_the_files_that_are_listed(day: tuple[Path, Day]) -> None:
    listed = {"tickets.csv", "pages.csv", *column("5.3", "file", "what")}
    assert {path.name + "/" * path.is_dir() for path in day[0].iterdir()} == listed


@pytest.mark.parametrize(("number", "file"), [("5.1", "tickets.csv"), ("5.2", "pages.csv")])
def test_a_csv_file_has_the_columns_that_are_listed(
    number: str, file: str, day: tuple[Path, Day]
) -> None:
    lines = (day[0] / file).read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == column(number, "column", "what")
    assert len(lines) > 10


def test_a_summary_has_the_keys_that_are_listed(day: tuple[Path, Day]) -> None:
    summary = json.loads((day[0] / "summary.json").read_text(encoding="utf-8"))
    assert list(summary) == column("5.4", "key", "what")
    for key in ("wait_s", "press_to_air_ms", "journal"):
        row_ = next(r for r in tables(section("5.4"), "key", "what") if r["key"] == key)
        assert list(summary[key]) == re.findall(r"`(\w+)`", row_["what"])[: len(summary[key])]


def test_a_page_says_the_number_and_the_desk(day: tuple[Path, Day]) -> None:
    """SPEC.md 1.4, and the kinds of 5.2."""
    _, played = day
    office_ = played.plan.settings
    for page in played.ledger.pages:
        assert page.text == f"{page.number} QUAY {page.desk}"
        assert page.ric == office_.ric(played.ledger.tickets[page.number].pager)
        assert page.function == 3
    assert {page.kind for page in played.ledger.pages} <= {"call", "recall", "again"}


def test_the_site_file_of_the_example_is_the_settings_of_the_example(tmp_path: Path) -> None:
    example = re.search(r"^```toml\n(.*?)^```$", section("3.2"), re.M | re.S)
    assert example
    path = tmp_path / "site.toml"
    path.write_text(example[1], encoding="utf-8")
    assert vars(site.load(path)) == vars(office())


# -- the documents ----------------------------------------------------------------------------

DOCUMENTS = ("README.md", "firmware/DESIGN.md", "firmware/SPEC.md", "sim/data/README.md")
EXAMPLES = {  # what the walk-throughs of DESIGN.md tell the reader to make
    *("firmware/luot/drivers/ds3231.py", "sim/chips/ds3231.py", "tests/test_ds3231.py"),
    "tests/test_x.py",
}


def anchors(path: Path) -> set[str]:
    """Return what a link can point to in a document: its headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def flaws(name: str, text: str) -> list[str]:
    """Return links and files in a document that lead nowhere, and prose lines too long."""
    lines = text.splitlines()
    found = [line for line in lines if len(line) > 110 and not line.startswith("|")]
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = link.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        if not path.exists() or (anchor and anchor not in anchors(path)):
            found.append(link)
    for file in re.findall(r"`((?:firmware|sim|tests|host_tools)/[\w./*]+)`", text):
        if file not in EXAMPLES and not any(ROOT.glob(file)):
            found.append(file)
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_leads_somewhere(name: str) -> None:
    assert flaws(name, (ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text", ["a " * 56, "[x](no.md)", "[x](firmware/SPEC.md#9-none)", "`sim/nobody.py`"]
)
def test_what_leads_nowhere_is_found(text: str) -> None:
    assert flaws("README.md", text)
