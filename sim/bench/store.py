"""The journal's ring beside a file system: the same records into each, on the same flash twin.

Owns how each is fed and what is counted. Both get the events of a day, one by one, each durable
before the next: the ring as the station writes it, littlefs as MicroPython would run it on a
partition of the same size, one file a day, appended and synced. Latency is the flash twin's time
from a record's being handed over until it is durable; code takes none.
"""

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from littlefs import LFSConfig, LittleFS, UserContext

from luot.core import records
from luot.core.journal.journal import Journal
from luot.core.line.order import Order
from luot.core.records import AT_KIND
from luot.core.settings.settings import Settings
from luot.pc import reader
from sim.bench.figure import Figure
from sim.chips.clock import Clock
from sim.chips.norflash import SECTOR, NorFlash
from sim.report import Image, percentile

_BYTES = 1 << 20
FILE = "day"


class Twin:
    """A flash twin as the journal takes it: what the driver is on a device."""

    def __init__(self, chip: NorFlash) -> None:
        self.chip = chip
        self.sectors = chip.size // SECTOR
        self.program = chip.program
        self.erase = chip.erase

    def read_into(self, offset: int, buffer: bytearray) -> None:
        """Fill `buffer` with what stands from byte `offset` on."""
        buffer[:] = self.chip.read(offset, len(buffer))


class Disk(UserContext):
    """A flash twin as littlefs takes it."""

    def __init__(self, chip: NorFlash) -> None:
        self.chip = chip

    def read(self, cfg: LFSConfig, block: int, off: int, size: int) -> bytearray:
        """Return `size` bytes of a block."""
        return bytearray(self.chip.read(block * SECTOR + off, size))

    def prog(self, cfg: LFSConfig, block: int, off: int, data: bytes) -> int:
        """Program within a block."""
        self.chip.program(block * SECTOR + off, bytes(data))
        return 0

    def erase(self, cfg: LFSConfig, block: int) -> int:
        """Erase a block."""
        self.chip.erase(block)
        return 0

    def sync(self, cfg: LFSConfig) -> int:
        """Nothing is held back."""
        return 0


class Cost(NamedTuple):
    """What storing records took: of the flash, and from each one's arrival to its durability."""

    erases: int
    bytes_programmed: int
    latencies_us: list[int]


def events(chip: NorFlash) -> list[bytes]:
    """Return the events of a journal, each once."""
    told: dict[int, bytes] = {}
    for _, record, _ in reader.read(Image(chip.image())):
        if record[AT_KIND] < records.HEADER:
            told.setdefault(records.ordinal(bytearray(record)), record)
    return list(told.values())


def blank() -> NorFlash:
    """Return a flash as both get it."""
    return NorFlash(_BYTES, Clock(), Random(1), _misuse)


def _misuse(text: str) -> None:
    raise RuntimeError(text)


def in_ring(told: Iterable[bytes], chip: NorFlash) -> Cost:
    """Append to a blank journal; between two records it does what it does when idle."""
    ring = Journal(Twin(chip), Order(Settings().masks()))
    ring.mount()
    latencies = []
    for record in told:
        while ring.idle(True):
            pass
        began = chip.clock.now
        ring.append(bytearray(record))
        latencies.append(chip.clock.now - began)
    return Cost(chip.erases, chip.bytes_programmed, latencies)


def file_system(chip: NorFlash) -> LittleFS:
    """Mount a file system with the sizes of MicroPython's vfs_lfs.c; format a blank flash.

    That MicroPython keeps a file's time, too, is left out: littlefs-python cannot.
    """
    return LittleFS(
        Disk(chip),
        block_size=SECTOR,
        block_count=chip.size // SECTOR,
        block_cycles=100,
        read_size=32,
        prog_size=32,
        cache_size=128,
        lookahead_size=32,
    )


def in_littlefs(told: Iterable[bytes], chip: NorFlash) -> Cost:
    """Append to a file of a blank file system, and sync."""
    latencies = []
    disk = file_system(chip)  # a name of its own: an open file does not keep it alive
    with disk.open(FILE, "wb", buffering=0) as file:
        for record in told:
            began = chip.clock.now
            file.write(record)
            file.flush()
            latencies.append(chip.clock.now - began)
    return Cost(chip.erases, chip.bytes_programmed, latencies)


def stores(told: list[bytes]) -> list[Figure]:
    """Return what a record costs in either."""
    ring = "the ring's erases are made in idle moments; headers, anchors, checkpoints counted in"
    disk = "littlefs-python with MicroPython's sizes: blocks of 4096, 32 read and programmed"
    figures = []
    for name, how, cost in (
        ("ring", ring, in_ring(told, blank())),
        ("littlefs", disk, in_littlefs(told, blank())),
    ):
        how = f"{len(told):,} events of that day, each durable before the next, 1 MiB; {how}"
        took_ms = [us / 1000 for us in cost.latencies_us]
        parts = {f"p{part}": percentile(took_ms, part) or 0.0 for part in (50, 99, 100)}
        mean_ms = sum(took_ms) / len(told)
        figures += [
            Figure(f"{name}: erases per record", cost.erases / len(told), "", how),
            Figure(f"{name}: programmed per record", cost.bytes_programmed / len(told), "B", how),
            Figure(f"{name}: latency of a record, mean", mean_ms, "ms", how, parts=parts),
        ]
    return figures
