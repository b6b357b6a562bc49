"""A record in words: its fields by name, for tools and people on a PC.

No box imports it, so it may be as long as it likes. The layout itself is `records`.
"""

from luot.core import records
from luot.core.ticket import LANE, series
from luot.core.turn import RULES
from luot.core.wire import get

_KINDS = {
    records.DAY_OPEN: "day_open",
    records.BOOT: "boot",
    records.ISSUE: "issue",
    records.CALL: "call",
    records.RECALL: "recall",
    records.ABSENT: "absent",
    records.ARRIVED: "arrived",
    records.FINISH: "finish",
    records.ANCHOR: "anchor",
    records.BEGIN: "checkpoint_begin",
    records.DAY_ROW: "row_day",
    records.COUNT_ROW: "row_counts",
    records.PRESS_ROW: "row_presses",
    records.DESK_ROW: "row_desks",
    records.PAGER_ROW: "row_pagers",
    records.TICKET_ROW: "row_ticket",
    records.END: "checkpoint_end",
}


def tell(record: bytes) -> dict[str, object]:
    """Return the fields of a valid record by name; `time_ds` is in 0.1 s since day open."""
    kind = record[7]
    told: dict[str, object] = {
        "ordinal": get(record, 4, 3),
        "kind": _KINDS.get(kind, "kind %d" % kind),
    }
    if kind >= records.HEADER:
        told["data"] = bytes(record[8:28]).hex()
        return told
    time = get(record, 11, 3)
    told["source"] = record[8]
    told["press"] = get(record, 9, 2)
    told["time_ds"] = time & records.TIME_MAX
    told["sure"] = bool(time & records.SURE)
    if records.ISSUE <= kind <= records.FINISH:
        told.update(_about_ticket(record))
    if kind == records.CALL:
        told["closes"] = get(record, 22, 2) or None
        told["passed"] = get(record, 24, 2)
        told["rule"] = RULES[record[26] & 0x0F]
        told["start_unknown"] = bool(record[26] & records.START_UNKNOWN)
        told["desk_services"] = record[27]
    elif kind == records.RECALL:
        told["nth"] = record[26]
    elif kind == records.BOOT:
        told["starts"] = get(record, 22, 4)
    elif kind == records.DAY_OPEN:
        told["day"] = get(record, 16, 2)
        told["clock"] = get(record, 22, 4) or None
        told["rule"] = RULES[record[26]]
        told["overtakes_max"] = record[27]
    return told


def _about_ticket(record: bytes) -> dict[str, object]:
    return {
        "desk": record[14] or None,
        "service": (record[15] & LANE) >> 1,
        "series": series(record[15]),
        "class": "priority" if record[15] & 1 else "normal",
        "ticket": get(record, 16, 2),
        "number": get(record, 18, 2),
        "pager": get(record, 20, 2),
    }
