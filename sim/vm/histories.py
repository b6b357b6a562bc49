"""Histories of a line on a real MicroPython: what the shipped core answers there to a tape.

Owns the tape's operations and how it gets into a VM and the answers out. Must never know what a
history should look like, nor what the answers mean: replay/main.py says what an operation does.
"""

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory

from sim.chips.clock import Clock
from sim.chips.machine import Machine
from sim.vm import image
from sim.vm.micropython import MicroPython
from sim.vm.node import HERE
from sim.vm.replay.main import Replay

_SITE, _DECIDE, _END, _HAPPEN, _START, _COPY, _SAVE, _RESTART = range(8)


class Tape:
    """One history, as it is written down."""

    def __init__(
        self,
        services: tuple[int, ...],
        rule: int,
        overtakes_max: int,
        calls_max: int,
        recall_gap_ms: int,
        pagers: int,
        tickets: int,
    ) -> None:
        """Of an office as luot.core.line.order.Order has it."""
        numbers = (rule, overtakes_max, calls_max, pagers, tickets)
        self.content = bytearray((_SITE, len(services), *services, *numbers))
        self.content += pack("<H", recall_gap_ms)

    def decide(self, kind: int, source: int, press: int, time: int, at: int, extra: int) -> None:
        """A key is pressed; `extra` is -1 to 65,534."""
        self.content += pack("<BBBHIBH", _DECIDE, kind, source, press, time, at, extra + 1)

    def end(self, ticket: int, time: int) -> None:
        """Somebody is sent home."""
        self.content += pack("<BHI", _END, ticket, time)

    def happen(self) -> None:
        """What was decided last happens."""
        self.content.append(_HAPPEN)

    def start(self, record: bytes | bytearray) -> None:
        """The box starts, and its record happens."""
        self.content.append(_START)
        self.content += record

    def copy(self, back: int) -> None:
        """The record so far from the end of the log, 1 for the last, is met once more."""
        self.content += bytes((_COPY, back))

    def save(self) -> None:
        """A checkpoint is made."""
        self.content.append(_SAVE)

    def restart(self, how: int) -> None:
        """The line is made anew: from a checkpoint of now (0), the one saved (1), the log (2)."""
        self.content += bytes((_RESTART, how))


def here(tapes: Iterable[bytes | bytearray]) -> Iterator[bytes]:
    """Replay tapes in this Python; yield the answers to each."""
    for tape in tapes:
        yield bytes(Replay(bytes(tape)).play())


def there(
    tapes: Iterable[bytes | bytearray], firmware: dict[str, bytes] | None = None
) -> Iterator[bytes]:
    """Replay tapes in a MicroPython; yield the answers to each.

    `firmware`: the files of a box, those shipped unless others are given; but for main.py.
    """
    content = b"".join(pack("<I", len(tape)) + tape for tape in tapes)
    files = (firmware or image.firmware()) | _program() | {"/tape.bin": content}
    machine = Machine(Clock(), _misused, lambda: None, {}, None, None, {}, {})
    with MicroPython(machine, files) as vm:
        vm.boot()
        vm.run("from main import tell")
        while vm.turn(0):
            yield bytes.fromhex(vm.run("tell()"))


@functools.cache
def _program() -> dict[str, bytes]:
    with TemporaryDirectory() as made:
        return image.built(HERE / "replay", Path(made))


def _misused(text: str) -> None:
    raise AssertionError(f"a replay touched the machine: {text}")
