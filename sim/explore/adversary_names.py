"""Names for the states of a small box: two that go on alike have the same one.

Sequences, sectors and ordinals only ever grow. Two states that differ in how far they have come
and in nothing else go on alike, so a name counts all of them from the newest sector and the newest
event; a ring that has not been round yet is named by its sequences as they are. What lies before
the newest checkpoint that is whole is left out, but for headers: a start that loads an older one
is a finding of its own.
"""

from array import array
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from luot.core import records
from luot.core.records import (
    AT_BEGIN,
    AT_CHECKPOINT,
    AT_D,
    AT_KIND,
    AT_ORDINAL,
    AT_ROW,
    AT_ROWS,
    AT_SEAL,
    AT_SEQUENCE,
)
from luot.core.wire import get
from sim.explore.adversary_box import RECENT, Facts, Geometry, Memory
from sim.explore.adversary_flash import BLANK, HALF, ROUGH, SIZE, Cells, Readings

_NONE = 1 << 40


class _Slot(NamedTuple):
    """What a slot's readings say, taken apart so that numbers can be counted from anywhere."""

    top: int  # the highest sequence that it may read as, -1 none
    plain: tuple[int, ...]  # what does not depend on where one counts from
    sequences: tuple[int, ...]  # of each reading that is a record
    ordinals: tuple[int, ...]
    named: tuple[int, ...]  # the sequence that a header or an end names
    kinds: tuple[int, ...]
    rows: int  # of the end of a checkpoint


_PLAIN = {BLANK: 1, bytes(SIZE): 2, ROUGH: 2, HALF: 3}
_slots: dict[Readings, _Slot] = {}


def _taken_apart(slot: Readings) -> _Slot:
    plain, parts, rows = [len(slot)], [], 0
    for one in slot:
        kind, named, content = one[AT_KIND], 0, 0
        if one in _PLAIN:
            plain.append(_PLAIN[one])
            continue
        if kind == records.HEADER:
            named = get(one, AT_CHECKPOINT, 4)
        elif kind == records.END:
            named, rows = get(one, AT_BEGIN, 4), get(one, AT_ROWS, 2)
            content = int.from_bytes(one[AT_ROWS:AT_SEAL])
        elif kind < records.HEADER:
            content = one[AT_D]
        elif kind >= records.DAY_ROW:
            content = int.from_bytes(one[AT_ROW : AT_ROW + RECENT]) << 8 | one[AT_D]
        plain += (kind, content)
        parts.append((get(one, AT_SEQUENCE, 4), get(one, AT_ORDINAL, 3), named, kind))
    sequences, ordinals, names, kinds = zip(*parts, strict=True) if parts else ((),) * 4
    told = _Slot(max(sequences, default=-1), tuple(plain), sequences, ordinals, names, kinds, rows)
    return _slots.setdefault(slot, told)


def newest_sector(geometry: Geometry, cells: Cells) -> int:
    """Return the highest sector number that a start may see."""
    try:
        return max([_slots[slot].top for slot in cells]) // geometry.slots
    except KeyError:
        return (
            max([(_slots.get(slot) or _taken_apart(slot)).top for slot in cells]) // geometry.slots
        )


def whole_from(geometry: Geometry, cells: Cells, newest: int = -1) -> int:
    """Return where the newest checkpoint begins that is whole however weak slots read, 0 none."""
    size = geometry.slots
    if newest < 0:
        newest = newest_sector(geometry, cells)
    for sequence in range((newest + 1) * size - 1, (newest + 1 - geometry.sectors) * size, -1):
        slot = _slots[cells[sequence % len(cells)]]
        if slot.kinds == (records.END,) and slot.plain[0] == 1 and slot.top == sequence:
            begin = slot.named[0]
            if _whole(geometry, cells, begin, sequence, slot.rows):
                return begin
    return 0


def _whole(geometry: Geometry, cells: Cells, begin: int, end: int, rows: int) -> bool:
    for sequence in range(begin, end):
        slot = _slots[cells[sequence % len(cells)]]
        if sequence % geometry.slots == 0 or slot.top != sequence:
            continue
        for kind, named in zip(slot.kinds, slot.named, strict=True):
            if kind == records.BEGIN and sequence == begin and slot.plain[0] == 1:
                continue
            if kind in (records.END, records.ANCHOR):
                if kind == records.END and named != begin:
                    return False
            elif kind < records.DAY_ROW or slot.plain[0] > 1:
                return False
            else:
                rows -= 1
    return not rows


def name(
    geometry: Geometry, cells: Cells, memory: Memory | None, allowed: tuple[Facts, ...]
) -> bytes:
    """Name a state: what is in the flash, what the box has in mind, what may be found."""
    sectors, size = geometry.sectors, geometry.slots
    newest = newest_sector(geometry, cells)
    whole = whole_from(geometry, cells, newest)
    back = max(newest - sectors - 1, 0)
    since, born = back * size, allowed[0].ordinal
    out = [newest - back, len(allowed), min(born, 4)]
    for fact in allowed:
        out += (fact.ordinal - born, int.from_bytes(fact.recent))
    told = _slots
    for sector in range(newest, newest - sectors, -1):
        at = sector % sectors * size
        first = max(whole - sector * size, 1)  # older slots are of no account
        header = told[cells[at]]
        out += header.plain
        for k, sequence in enumerate(header.sequences):
            out += (sequence - since, max(header.named[k] - whole, 0))
            if first == 1:
                out.append(header.ordinals[k] - born if header.ordinals[k] else _NONE)
        for cell in cells[at + first : at + size]:
            slot = told[cell]
            out += slot.plain
            for k, sequence in enumerate(slot.sequences):
                out += (sequence - since, slot.ordinals[k] - born)
                if slot.named[k]:
                    out.append(slot.named[k] - since)
    if memory:
        out += _in_mind(geometry, memory, back)
    return blake2b(array("q", out).tobytes(), digest_size=12).digest()


def _in_mind(geometry: Geometry, memory: Memory, back: int) -> Iterator[int]:
    size = geometry.slots
    after, begin, newest, _, _, prepared, entered, bad, *_ = memory.ring
    events, cursor, run, rows, crc, run_ordinal = memory.journal
    ordinal = memory.line[0]
    yield after - back * size
    yield begin - back * size if begin else _NONE
    yield newest - ordinal
    yield prepared - back if prepared >= 0 else _NONE
    yield max(bad - after // size, -1)
    yield newest <= entered
    yield from (events, rows, cursor)
    if cursor >= 0:
        yield from (run - back * size, crc, run_ordinal == ordinal)
