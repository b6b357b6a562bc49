"""A record in words: its fields by name, for tools and people on a PC.

No box imports it, so it may be as long as it likes. The layout itself is `records`.
"""

from binascii import crc32

from luot.core import records
from luot.core.journal.ring import SLOTS, Ring
from luot.core.journal.search import gap
from luot.core.line.rules import RULES
from luot.core.line.ticket import LANE, series
from luot.core.records import (
    AT_A,
    AT_B,
    AT_BEGIN,
    AT_C,
    AT_CHECKPOINT,
    AT_CRC,
    AT_D,
    AT_DESK,
    AT_KIND,
    AT_LANE,
    AT_NUMBER,
    AT_ORDINAL,
    AT_PAGER,
    AT_PRESS,
    AT_ROWS,
    AT_ROWS_CRC,
    AT_SOURCE,
    AT_TICKET,
    AT_TIME,
    AT_VALUE,
)
from luot.core.wire import get
from luot.pc.reader import read

_KINDS = {
    records.DAY_OPEN: "day_open",
    records.DAY_CLOSE: "day_close",
    records.BOOT: "boot",
    records.CLOCK: "clock",
    records.ISSUE: "issue",
    records.CALL: "call",
    records.RECALL: "recall",
    records.ABSENT: "absent",
    records.ARRIVED: "arrived",
    records.FINISH: "finish",
    records.BACK: "back",
    records.HOLD: "hold",
    records.RESUME: "resume",
    records.TRANSFER: "transfer",
    records.CANCEL: "cancel",
    records.UNDO: "undo",
    records.DESK: "desk",
    records.INTAKE: "intake",
    records.PAGER: "pager",
    records.RATING: "rating",
    records.ANCHOR: "anchor",
    records.BEGIN: "checkpoint_begin",
    records.DAY_ROW: "row_day",
    records.COUNT_ROW: "row_counts",
    records.PRESS_ROW: "row_presses",
    records.DESK_ROW: "row_desk",
    records.PAGER_ROW: "row_pagers",
    records.TICKET_ROW: "row_ticket",
    records.UNDO_ROW: "row_undo",
    records.TALLY_ROW: "row_tally",
    records.OFFICE_ROW: "row_office",
    records.END: "checkpoint_end",
}
_STATES = ("closed", "open", "break")
_REASONS = ("open", "closed", "lunch", "full")


def log(flash):
    """Yield what a journal tells, oldest first: `tell`'s fields of each record, with its slot.

    Damage has lines of its own: the sector, and how many events are missing there before a slot;
    None if the chain says that one was changed, or something of a checkpoint is missing.
    """
    last = sector = None  # the newest event's ordinal, and where it lies
    first = before = 0  # the slot read first, and the one read last
    begin = hole = rows = crc = (
        0  # of the checkpoint at hand; hole: its first slot that is missing
    )
    judged = set()  # where the checkpoints begin whose END was met: right or wrong, that is told
    endless = {}  # begin -> sector: rows were met, then an event in place of the END
    for sequence, record, linked in read(flash):
        here, kind = sequence // SLOTS, record[AT_KIND]
        for worn in range(here if sector is None else sector + 1, here):
            yield {"kind": "worn", "sector": worn % flash.sectors}
        first, sector = first or sequence, here
        event, number = kind < records.HEADER, get(record, AT_ORDINAL, 3)
        known = event or kind in (records.ANCHOR, records.BEGIN)
        missing = number - last - event if known and last is not None else 0
        if missing > 0 or linked is False:
            yield _damage(flash, sequence, gap(before, sequence) if missing > 0 else here, missing)
        if event or kind == records.BEGIN:
            if rows:
                endless[begin] = gap(before, sequence)
            begin, hole, rows, crc = 0 if event else sequence, 0, 0, 0
        elif not hole and sequence - before > 1 + (sequence % SLOTS == 1):
            hole = before + 1
        if records.BEGIN < kind < records.END:
            rows, crc = rows + 1, crc32(record[AT_KIND:AT_CRC], crc)
        elif kind == records.END and first <= get(record, AT_BEGIN, 4) not in judged:
            began = get(record, AT_BEGIN, 4)
            judged.add(began)
            said = began, get(record, AT_ROWS, 2), get(record, AT_ROWS_CRC, 4)
            if said != (begin, rows, crc):
                yield _damage(flash, sequence, (hole or began) // SLOTS, 0)
            rows = 0
        before = sequence
        if known:
            last = max(number, last or 0)
        yield _line(sequence, record, linked)
    yield from _cut_off(flash, first, judged, endless)


def _cut_off(flash, first: int, judged: "set[int]", endless: "dict[int, int]"):
    """Yield the damage of each checkpoint from slot `first` on that lost its beginning or end."""
    left = _checkpoints(flash) - judged
    while left:
        begin = min(left)
        left.remove(begin)
        if begin >= first:
            yield _damage(flash, begin, endless.get(begin, begin // SLOTS), 0)


def _checkpoints(flash) -> "set[int]":
    """Return where the checkpoints begin, or began, that headers name: those were complete.

    After damage a header names the newest record instead (W9), an event of slot 900, say: all
    from there on had to be kept, but no checkpoint ever began there.
    """
    ring, made = Ring(flash), set()
    for physical in range(flash.sectors):
        pointer = get(ring.back, AT_CHECKPOINT, 4) if ring.header(physical) >= 0 else 0
        if pointer and (not ring.read(pointer) or ring.back[AT_KIND] == records.BEGIN):
            made.add(pointer)
    return made


def _line(slot: int, record: bytes, linked: "bool | None") -> dict[str, object]:
    """Return the line of a record."""
    told: dict[str, object] = {"slot": slot}
    told.update(tell(record))
    told["linked"] = linked
    return told


def _damage(flash, slot: int, sector: int, missing: int) -> dict[str, object]:
    """Return the line that says so."""
    sector %= flash.sectors
    return {"kind": "damage", "slot": slot, "sector": sector, "missing": missing or None}


def tell(record: bytes) -> dict[str, object]:
    """Return the fields of a valid record by name; `time_ds` is in 0.1 s since day open."""
    kind = record[AT_KIND]
    told: dict[str, object] = {
        "ordinal": get(record, AT_ORDINAL, 3),
        "kind": _KINDS.get(kind, "kind %d" % kind),
    }
    if kind >= records.HEADER:
        told["data"] = bytes(record[AT_VALUE:AT_CRC]).hex()
        return told
    time = get(record, AT_TIME, 3)
    told["source"] = record[AT_SOURCE]
    told["press"] = get(record, AT_PRESS, 2)
    told["time_ds"] = time & records.TIME_MAX
    told["sure"] = bool(time & records.SURE)
    if records.ISSUE <= kind <= records.UNDO:
        told.update(_about_ticket(record))
    told.update(_more(record, kind))
    return told


def _office(record: bytes) -> dict[str, object]:
    """Return the rule in force."""
    return {"rule": RULES[record[AT_C] & 3], "overtakes_max": record[AT_D]}


def _more(record: bytes, kind: int) -> dict[str, object]:
    """Return the fields that one kind alone has."""
    a, b, c = get(record, AT_A, 2), get(record, AT_B, 2), record[AT_C]
    unknown = bool(c & records.START_UNKNOWN)
    closes: dict[str, object] = {"closes": a or None, "start_unknown": unknown}
    if kind in (records.CALL, records.DESK, records.RESUME):
        if kind == records.CALL:
            closes["passed"] = b
            closes["rule"] = RULES[c & 3]
            closes["by_number"] = bool(c & records.BY_NUMBER)
        elif kind == records.DESK:
            closes["desk"] = record[AT_DESK]
            closes["state"] = _STATES[c & 3] if c & 3 < 3 else None
        closes["desk_services"] = record[AT_D]
        return closes
    simple: dict[int, dict[str, object]] = {
        records.RECALL: {"nth": c},
        records.BACK: {"place": a},
        records.TRANSFER: {"place": a, "to_desk": c or None},
        records.CANCEL: {"end_of_day": bool(c)},
        records.UNDO: {"undone_press": a, "undone": _KINDS.get(c, "kind %d" % c)},
        records.INTAKE: {"reason": _REASONS[c & 3]},
        records.PAGER: {
            "pager": get(record, AT_PAGER, 2),
            "found": bool(c),
            "ticket": get(record, AT_TICKET, 2) or None,
        },
        records.RATING: {"desk": record[AT_DESK], "grade": c},
        records.BOOT: {"starts": get(record, AT_A, 4), "desks": record[AT_DESK]} | _office(record),
        records.CLOCK: {"clock": get(record, AT_A, 4)},
        records.DAY_OPEN: {
            "day": get(record, AT_TICKET, 2),
            "clock": get(record, AT_A, 4) or None,
        }
        | _office(record),
        records.DAY_CLOSE: {"day": get(record, AT_TICKET, 2), "issued": a, "served": b},
    }
    return simple.get(kind, {})


def _about_ticket(record: bytes) -> dict[str, object]:
    return {
        "desk": record[AT_DESK] or None,
        "service": (record[AT_LANE] & LANE) >> 1,
        "series": series(record[AT_LANE]),
        "class": "priority" if record[AT_LANE] & 1 else "normal",
        "ticket": get(record, AT_TICKET, 2),
        "number": get(record, AT_NUMBER, 2),
        "pager": get(record, AT_PAGER, 2),
    }
