"""Histories replayed, one by one: the same program on a real MicroPython and on a PC.

Owns the answers to a tape: what was decided, the records, the rows of checkpoints. It runs beside
the shipped files in place of their main.py, so it may name only what is public there, and gives
every argument by place. How a tape is made is `histories`, which knows the same operations.

A tape: for each history its length as u32, then operations, each a byte and its operands:

    0 SITE     desks u8, a mask of services u8 each; rule, K, calls, pagers, tickets u8, gap u16
    1 DECIDE   kind, source u8, press u16, time u32, at u8, 1 + extra u16
    2 END      ticket u16, time u32: sent home at the end of the day
    3 HAPPEN   what was decided last is stamped, applied and kept in the log
    4 START    a record of 32 bytes is applied and kept in the log
    5 COPY     n u8: the n-th record from the end of the log is applied once more
    6 SAVE     a checkpoint is made
    7 RESTART  u8: the line anew from 0 a checkpoint of now, 1 that saved last, 2 nothing
"""

from binascii import hexlify

from luot.core import records
from luot.core.journal import restore, snapshot
from luot.core.line import premises
from luot.core.line.order import Order
from luot.core.wire import get

_SIZE = 32


class Replay:
    """One history."""

    def __init__(self, tape: bytes) -> None:
        self.tape = tape
        self.at = 0
        self.answers = bytearray()
        self.record = bytearray(_SIZE)
        self.log: list[bytes] = []
        self.saved: list[bytes] = []
        self.length = 0  # of the log when it was saved

    def take(self, size: int) -> int:
        """Return the next number of so many bytes."""
        value = get(self.tape, self.at, size)
        self.at += size
        return value

    def play(self) -> bytearray:
        """Replay it all and return the answers."""
        operations = (
            self.site,
            self.decide,
            self.end,
            self.happen,
            self.start,
            self.copy,
            self.save,
            self.restart,
        )
        while self.at < len(self.tape):
            operations[self.take(1)]()
        self.answers += b"".join(self.rows())
        return self.answers

    def site(self) -> None:
        """Open an office."""
        self.services = tuple([self.take(1) for _ in range(self.take(1))])
        rule, overtakes_max, calls_max = self.take(1), self.take(1), self.take(1)
        pagers, tickets, gap_ms = self.take(1), self.take(1), self.take(2)
        self.numbers = (rule, overtakes_max, calls_max, gap_ms, pagers, tickets)
        self.line = self.fresh()
        self.save()

    def fresh(self) -> Order:
        """Return an empty line."""
        rule, overtakes_max, calls_max, gap_ms, pagers, tickets = self.numbers
        return Order(self.services, rule, overtakes_max, calls_max, gap_ms, pagers, tickets)

    def decide(self) -> None:
        """Press a key; the answer is the refusal, or 0 and the record."""
        self.record = bytearray(_SIZE)
        kind, source, press, time = self.take(1), self.take(1), self.take(2), self.take(4)
        at, extra = self.take(1), self.take(2) - 1
        refusal = self.line.decide(self.record, kind, source, press, time, at, extra)
        self.answers.append(refusal)
        if not refusal:
            self.answers += self.record

    def end(self) -> None:
        """Send somebody home."""
        self.record = bytearray(_SIZE)
        ticket, time = self.take(2), self.take(4)
        premises.decide_end(self.line, self.record, self.line.find(ticket), time)

    def happen(self) -> None:
        """Let it happen; the answer is the record as the journal has it."""
        number = self.line.ordinal + 1
        records.stamp(self.record, number, number)
        self.line.apply(self.record)
        self.log.append(bytes(self.record))
        self.answers += self.record

    def start(self) -> None:
        """A start is a record of its own."""
        self.record = bytearray(self.tape[self.at : self.at + _SIZE])
        self.at += _SIZE
        self.happen()

    def copy(self) -> None:
        """A record is met a second time."""
        self.line.apply(bytearray(self.log[-self.take(1)]))

    def save(self) -> None:
        """The answer is a checkpoint."""
        self.saved, self.length = self.rows(), len(self.log)
        self.answers += b"".join(self.saved)

    def restart(self) -> None:
        """The line is made anew; the answer is all it knows then."""
        how = self.take(1)
        saved, length = self.saved, self.length
        if how == 0:
            saved, length = self.rows(), len(self.log)
        self.line = self.fresh()
        if how == 2:
            length = 0
        else:
            self.line.pagers.empty()
            for row in saved:
                restore.restore(self.line, bytearray(row))
        for record in self.log[length:]:
            self.line.apply(bytearray(record))
        self.answers += b"".join(self.rows())

    def rows(self) -> "list[bytes]":
        """Return the rows of a checkpoint of now."""
        made: list[bytes] = []
        row = bytearray(_SIZE)
        cursor = snapshot.row(self.line, 0, row)
        while True:
            records.stamp(row, len(made), self.line.ordinal)
            made.append(bytes(row))
            if not cursor:
                return made
            cursor = snapshot.row(self.line, cursor, row)


class Player:
    """A tape, as a file, from its first history on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = 0  # in the file
        self.answers = bytearray()

    def turn(self, now: int) -> int:
        """Replay the next history; return 1, or 0 when there was none."""
        with open(self.name, "rb") as file:
            file.seek(self.place)
            length = file.read(4)
            tape = file.read(get(length, 0, 4)) if length else b""
        self.place += len(length) + len(tape)
        self.answers = Replay(tape).play() if tape else bytearray()
        return 1 if tape else 0

    def tell(self) -> None:
        """Print the answers of the last one, as hexadecimal digits."""
        print(hexlify(self.answers).decode(), end="")


player = Player("/tape.bin")
turn = player.turn
tell = player.tell
