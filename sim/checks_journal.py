"""The judges of a journal: its records retold as tickets, and what no record may say.

The order of events stands for their times, so that the judges of `checks` can read them. Like
those it knows what a record looks like and nothing of the ordering core. A service's letter is its
place in the settings here: A, B, C...
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from luot.core import records
from luot.core.ticket import label
from sim import checks
from sim.checks import Ticket

_LETTERS = "ABCDEFGH"


def journal(events: Iterable[bytes], desks: Sequence[str], most: int | None) -> list[str]:
    """Judge a day's records, the oldest first; copies and rows of checkpoints may be among them.

    `desks[i]` holds the letters that desk i + 1 serves, `most` is K of the rule `bounded` (None
    for another rule). Returns plain sentences, none if all is well.
    """
    found: list[str] = []
    line: dict[int, Ticket] = {}  # by order of arrival
    pressed: dict[int, int] = {}
    last = 0
    for record in events:
        ordinal, source, press = records.ordinal(bytearray(record)), record[8], _get(record, 9)
        if record[7] >= records.HEADER or ordinal <= last:
            continue
        if ordinal > last + 1:
            found.append(f"events {last + 1} to {ordinal - 1} are missing")
        last = ordinal
        if press and pressed.get(source) == press:
            found.append(f"event {ordinal}: press {press} of source {source} counts again")
        pressed[source] = press or pressed.get(source, 0)
        if records.ISSUE <= record[7] <= records.FINISH:
            found += [f"event {ordinal}: {what}" for what in _happen(line, record, ordinal)]
    tickets = list(line.values())
    found += checks.first_come(tickets) + checks.numbers(tickets)
    found += checks.pagers(tickets) + checks.places(tickets, desks)
    return found + (checks.overtaken(tickets, desks, most) if most is not None else [])


def _happen(line: dict[int, Ticket], record: bytes, ordinal: int) -> list[str]:
    """Enter one event into `line`; return what cannot be."""
    kind, lane, arrival, pager = record[7], record[15], _get(record, 16), _get(record, 20)
    letter = _LETTERS[lane >> 1]
    who = label(letter, _get(record, 18))
    if kind == records.ISSUE:
        expected = max(line, default=0) + 1
        line[arrival] = Ticket(who, letter, bool(lane & 1), pager, issued=ordinal)
        return [] if arrival == expected else [f"{who} is arrival {arrival}, not {expected}"]
    ticket = line.get(arrival)
    if ticket is None or (ticket.number, ticket.pager) != (who, pager):
        return [f"there is no {who} with pager {pager}"]
    here = [n for n, other in line.items() if other.desk == record[14] and not other.outcome]
    if kind == records.CALL:
        return _call(line, record, arrival, here, ordinal)
    found = []
    if here != [arrival] or (ticket.served is not None) != (kind == records.FINISH):
        found.append(f"{who} is not at desk {record[14]} for this")
    if kind == records.RECALL:
        if record[26] != ticket.calls + 1:
            found.append(f"{who} was called {ticket.calls} times before call {record[26]}")
        line[arrival] = replace(ticket, calls=record[26])
    elif kind == records.ABSENT:
        line[arrival] = replace(ticket, outcome="no_show")
    elif kind == records.ARRIVED:
        line[arrival] = replace(ticket, served=ordinal)
    else:
        line[arrival] = replace(ticket, finished=ordinal, outcome="served")
    return found


def _call(
    line: dict[int, Ticket], record: bytes, arrival: int, here: list[int], ordinal: int
) -> list[str]:
    """Enter a call, which closes whom the desk had; `here` is who is there."""
    ticket, closed = line[arrival], _get(record, 22)
    found = []
    if ticket.called is not None:
        found.append(f"{ticket.number} does not wait")
    if here != ([closed] if closed else []):
        found.append(f"desk {record[14]} has arrivals {here}, not {closed}")
    for there in here:
        line[there] = replace(line[there], finished=ordinal, outcome="served")
    passed = sum(
        ticket.priority > other.priority
        and other.called is None
        and before < arrival
        and record[27] >> _LETTERS.index(other.service) & 1
        for before, other in line.items()
    )
    if passed != _get(record, 24):
        found.append(f"{ticket.number} passed {passed}, not {_get(record, 24)}")
    line[arrival] = replace(ticket, called=ordinal, desk=record[14], calls=1)
    return found


def _get(record: bytes, at: int) -> int:
    return record[at] | record[at + 1] << 8
