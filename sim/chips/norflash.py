"""NOR flash as a power cut leaves it: torn programs, half-done erases, bits that waver.

Owns the cells of one flash (or of one partition), their wear, and what a cut does to them.
Must never know what the bytes mean.

A program only clears bits; an erase sets a sector of 4 KiB, first driving it to 0 from its end
backwards, then to 1. Cut the power within either and some of the bits in flight are left
*unstable*: too weakly charged to read the same twice. They stay so, over restarts too, until
they are programmed to 0 or erased.
"""

from collections.abc import Callable
from random import Random

from sim.chips.clock import Clock

SECTOR = 4096
ERASE_STEPS = 8
OUTCOMES = ("none", "torn", "unstable")

_PAGE = 256
_PROGRAM_PAGE_US = 82  # with the next line: 4 B 0.09 ms, 256 B 0.3 ms, the floors that
_PROGRAM_US_PER_100 = 85  # ESP-IDF's idf_performance_target.h (esp32) demands of its driver
_READ_US = 15  # same source: 4 B at 249 kB/s
_READ_NS_PER_BYTE = 80  # same source: 2 KiB at 11.5 MB/s
# Typical, and the most that the sheets of Winbond, GigaDevice and Espressif allow: half of those
# drawn take less than 61 ms, one in ten more than 260.
_ERASE_US = (45_000, 500_000)
_ERASE_TO_ZERO = ERASE_STEPS // 2  # steps of an erase spent on its first phase, an assumption
_UNSTABLE_MAX = 6  # more at once never look whole by chance, and so never test a reader
_BLANK = b"\xff" * SECTOR


class NorFlash:
    """`size` bytes of NOR flash, blank at first; `cells` is what a perfect reader would see.

    Draws from `rng`: erase times, outcomes of cuts, each read of an unstable bit. `observe(op,
    offset, data)` is told each completed "program" and "erase" (of no data). The flash outlives
    its box: only give it the next box's `clock`.

    A *step* is what a cut can fall into: a programmed byte, or an eighth of an erase.
    """

    def __init__(
        self,
        size: int,
        clock: Clock,
        rng: Random,
        misuse: Callable[[str], None],
        observe: Callable[[str, int, bytes], None] | None = None,
    ) -> None:
        if size <= 0 or size % SECTOR:
            raise ValueError(f"a flash of {size} bytes is not whole sectors of {SECTOR}")
        self.size = size
        self.clock = clock
        self.observe = observe
        self.cells = bytearray(b"\xff" * size)
        self.unstable: dict[int, int] = {}  # offset of a byte: mask of its unstable bits
        self.wear = [0] * (size // SECTOR)  # erases begun, by sector
        self.programs = self.bytes_programmed = self.erases = self.bytes_read = self.steps = 0
        self._rng = rng
        self._misuse = misuse
        self._cut_step: int | None = None
        self._outcome = ""
        self.slow = False  # whether each erase takes its longest

    def image(self) -> bytes:
        """The content with unstable bits read at their likelier value, so always the same."""
        return bytes(self.cells)

    def cut_after(self, steps: int, outcome: str) -> None:
        """Pull the plug within the step after the next `steps`; `outcome` for bits in flight.

        "none" of them has moved, some have ("torn"), or some have and a few are "unstable".
        """
        if outcome not in OUTCOMES:
            raise ValueError(f"outcome {outcome!r} is none of {OUTCOMES}")
        self._cut_step = self.steps + steps
        self._outcome = outcome

    def read(self, offset: int, n: int) -> bytes:
        """`n` bytes from `offset` on; each unstable bit is misread once in eight times."""
        self._check(offset, n)
        self.clock.spend(_READ_US + n * _READ_NS_PER_BYTE // 1000)
        self.bytes_read += n
        if not self.unstable:
            return bytes(self.cells[offset : offset + n])
        data = self.cells[offset : offset + n]
        draw = self._rng.getrandbits
        for at, mask in self.unstable.items():
            if offset <= at < offset + n:
                data[at - offset] ^= mask & draw(8) & draw(8) & draw(8)
        return bytes(data)

    def program(self, offset: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`; a 1 leaves the cell as it is."""
        n = len(data)
        self._check(offset, n)
        if self._overwrites(offset, data):
            self._misuse(f"norflash: program at {offset} wants a 1 where the cell is 0")
        pages = (offset + n - 1) // _PAGE - offset // _PAGE + 1
        us = pages * _PROGRAM_PAGE_US + n * _PROGRAM_US_PER_100 // 100
        doom = self._doom(us, n)
        if doom is not None:
            self._tear_program(offset, data, int(doom), self._outcome)
        self.clock.spend(us)
        self._clear(offset, data)
        self.programs += 1
        self.bytes_programmed += n
        self.steps += n
        if self.observe is not None:
            self.observe("program", offset, data)

    def erase(self, sector: int) -> None:
        """Set every bit of a sector, within 45 to 500 ms."""
        offset = sector * SECTOR
        self._check(offset, SECTOR)
        typical, longest = _ERASE_US
        us = int(typical * (longest / typical) ** (self._rng.random() ** 3))
        if self.slow:
            us = longest
        self.wear[sector] += 1
        doom = self._doom(us, ERASE_STEPS)
        if doom is not None:
            self._tear_erase(offset, int(doom), self._outcome)
        self.clock.spend(us)
        self._fill(offset, _BLANK)
        self.erases += 1
        self.steps += ERASE_STEPS
        if self.observe is not None:
            self.observe("erase", offset, b"")

    def _check(self, offset: int, n: int) -> None:
        if offset < 0 or n <= 0 or offset + n > self.size:
            raise ValueError(f"{n} bytes at {offset} are not within {self.size}")

    def _doom(self, us: int, steps: int) -> float | None:
        """Steps done when the operation of `us` that begins now is cut; None if it is not.

        Leaves the outcome in `_outcome`. A cut chosen by step becomes one in time.
        """
        clock = self.clock
        if self._cut_step is not None and self._cut_step < self.steps + steps:
            clock.spend(0)  # a box that is dead already cannot begin anything
            done = self._cut_step - self.steps + 0.5
            self._cut_step = None
            clock.cut_us = clock.now + int(us * done / steps)
            return done
        if clock.cut_us is not None and clock.left(us + 1) <= us:
            clock.spend(0)
            self._outcome = self._rng.choice(OUTCOMES)
            return steps * clock.left(us) / us
        return None

    def _tear_program(self, offset: int, data: bytes, done: int, outcome: str) -> None:
        """The bytes before `done` are programmed; the rest of the page is in flight."""
        self._clear(offset, data[:done])
        start = offset + done
        end = min(offset + len(data), (start // _PAGE + 1) * _PAGE)
        cells = self.cells[start:end]
        moving = bytes(cell & ~byte for cell, byte in zip(cells, data[done:], strict=False))
        if outcome == "none" or not any(moving):
            return
        weak = outcome == "unstable"
        moved = self._bits(len(moving), self._rng.choice((0, 1, 2, 3, 4) if weak else (1, 2, 3)))
        self._clear(start, bytes(~(m & d) & 0xFF for m, d in zip(moving, moved, strict=True)))
        if weak:
            self._weaken(start, moving)

    def _tear_erase(self, offset: int, done: int, outcome: str) -> None:
        """`done` steps are behind: first the end of the sector is 0, then all turns to 1."""
        span = SECTOR // _ERASE_TO_ZERO
        weak = outcome == "unstable"
        if done < _ERASE_TO_ZERO:
            edge = offset + SECTOR - done * span
            self._clear(edge, bytes(done * span))
            start, end = edge - span, edge
            if outcome != "none":
                share = self._rng.choice((0, 1, 2, 3, 4) if weak else (1, 2, 3))
                self._clear(start, bytes(~b & 0xFF for b in self._bits(span, share)))
        else:
            share = min(4, done - _ERASE_TO_ZERO + (outcome != "none"))
            start, end = offset, offset + SECTOR
            self._fill(offset, self._bits(SECTOR, share))
        if weak:
            self._weaken(start, b"\xff" * (end - start))

    def _bits(self, n: int, quarters: int) -> bytes:
        """`n` bytes of which about `quarters` of the bits, at random, are 1."""
        if quarters in (0, 4):
            return (b"\xff" if quarters else b"\x00") * n
        one, two = self._rng.getrandbits(8 * n), self._rng.getrandbits(8 * n)
        return (one & two, one, one | two)[quarters - 1].to_bytes(n)

    def _weaken(self, offset: int, mask: bytes) -> None:
        """Make 1 to 6 of the bits of `mask` unstable."""
        places = [at for at, byte in enumerate(mask) if byte]
        for _ in range(self._rng.randint(1, _UNSTABLE_MAX)):
            at = self._rng.choice(places)
            bit = self._rng.choice([1 << i for i in range(8) if mask[at] >> i & 1])
            self.unstable[offset + at] = self.unstable.get(offset + at, 0) | bit

    def _clear(self, offset: int, data: bytes) -> None:
        """Clear for good the bits that are 0 in `data`."""
        end = offset + len(data)
        cells = int.from_bytes(self.cells[offset:end]) & int.from_bytes(data)
        self.cells[offset:end] = cells.to_bytes(len(data))
        if self.unstable:
            self._keep_unstable(offset, data)

    def _fill(self, offset: int, data: bytes) -> None:
        """Bring bits to the values of `data`, each for good."""
        self.cells[offset : offset + len(data)] = data
        if self.unstable:
            self._keep_unstable(offset, bytes(len(data)))

    def _keep_unstable(self, offset: int, mask: bytes) -> None:
        """Of the unstable bits from `offset` on only those that are 1 in `mask` stay so."""
        for at in [at for at in self.unstable if offset <= at < offset + len(mask)]:
            self.unstable[at] &= mask[at - offset]
            if not self.unstable[at]:
                del self.unstable[at]

    def _overwrites(self, offset: int, data: bytes) -> bool:
        """Whether a 1 is wanted of a 0; not of an unstable one, which may have read as 1."""
        cells = self.cells[offset : offset + len(data)]
        if not int.from_bytes(data) & ~int.from_bytes(cells):
            return False
        return any(
            byte & ~cell & ~self.unstable.get(at, 0)
            for at, (byte, cell) in enumerate(zip(data, cells, strict=True), offset)
        )
