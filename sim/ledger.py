"""What happened to every ticket and page, seen from outside: the flash and the air.

Owns the tables tickets.csv and pages.csv are written from. It sees each record when the flash has
it, and each page when the air has it; it never asks the station.
"""

from dataclasses import dataclass, field

from luot.core import records
from luot.core.line.ticket import LANE, label, series
from luot.core.records import AT_DESK, AT_KIND, AT_LANE, AT_NUMBER, AT_PAGER
from luot.core.settings.settings import Settings
from luot.core.wire import get
from sim.chips.sx127x import Transmission
from sim.people.people import LABEL
from sim.receiver import receive


@dataclass
class Ticket:
    """One ticket's course; times in us since midnight, None where it did not happen."""

    number: str
    service: str
    priority: bool
    pager: int
    issued_us: int
    called_us: int | None = None
    served_us: int | None = None
    finished_us: int | None = None
    desk: int = 0
    outcome: str = ""
    calls: int = 0


@dataclass
class Paged:
    """One page as it was on the air."""

    start_us: int
    end_us: int
    ric: int
    function: int
    text: str
    number: str
    desk: int
    kind: str


@dataclass
class Ledger:
    """The office's books, written by watching."""

    settings: Settings
    tickets: dict[str, Ticket] = field(default_factory=dict)
    pages: list[Paged] = field(default_factory=list)
    called_by: list[tuple[int, str]] = field(default_factory=list)  # (desk, number), in order
    records: int = 0  # slots written: events, copies, anchors, rows of checkpoints
    events: int = 0
    _ordinal: int = 0
    _causes: dict[str, list[str]] = field(default_factory=dict)  # why a number is paged next

    def started(self) -> None:
        """The box was switched on: whatever it pages now, it pages again."""
        self._causes.clear()

    def programmed(self, time_us: int, data: bytes) -> None:
        """A slot was written; records of events go into the books, once."""
        record = bytearray(data)
        if len(data) != records.SIZE or not records.valid(record, records.sequence(record)):
            return
        self.records += record[AT_KIND] != records.HEADER
        if record[AT_KIND] >= records.HEADER or records.ordinal(record) <= self._ordinal:
            return
        self._ordinal = records.ordinal(record)
        self.events += 1
        if records.ISSUE <= record[AT_KIND] <= records.FINISH:
            self._ticket(time_us, record)

    def _ticket(self, time_us: int, record: bytearray) -> None:
        kind, desk = record[AT_KIND], record[AT_DESK]
        services = self.settings.services
        number = label(services[series(record[AT_LANE])][0], get(record, AT_NUMBER, 2))
        if kind == records.ISSUE:
            letter = services[(record[AT_LANE] & LANE) >> 1][0]
            self.tickets[number] = Ticket(
                number, letter, bool(record[AT_LANE] & 1), get(record, AT_PAGER, 2), time_us
            )
            return
        ticket = self.tickets[number]
        ticket.desk = desk
        if kind == records.CALL:
            self._close_before(time_us, desk)
            ticket.called_us = time_us
            self.called_by.append((desk, number))
        if kind in (records.CALL, records.RECALL):
            ticket.calls += 1
            cause = "call" if kind == records.CALL else "recall"
            self._causes.setdefault(number, []).append(cause)
        elif kind == records.ABSENT:
            ticket.outcome = "no_show"
        elif kind == records.ARRIVED:
            ticket.served_us = time_us
        elif kind == records.FINISH:
            self._finish(ticket, time_us)

    def _close_before(self, time_us: int, desk: int) -> None:
        """A call closes what its desk had open."""
        for other, number in reversed(self.called_by):
            if other == desk:
                if not self.tickets[number].outcome:
                    self._finish(self.tickets[number], time_us)
                return

    def _finish(self, ticket: Ticket, time_us: int) -> None:
        ticket.finished_us = time_us
        ticket.outcome = "served"

    def aired(self, sent: Transmission) -> list[Paged]:
        """Enter the pages of a transmission; return them."""
        pages = []
        for page in receive(sent, self.settings.polarity == "inverted"):
            found = LABEL.match(page.text)
            number = found[0] if found else ""
            causes = self._causes.get(number, [])
            pages.append(
                Paged(
                    sent.start_us,
                    sent.end_us,
                    page.ric,
                    page.function,
                    page.text,
                    number,
                    int(page.text.split()[-1]),
                    causes.pop(0) if causes else "again",
                )
            )
        self.pages += pages
        return pages
