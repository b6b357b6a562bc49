"""The menu of rare commands: two lines of the display, four keys of one desk.

Owns what can be chosen, and where in it the officer is; what a choice does is `order`. One desk
has it open at a time: *recall* goes on, *absent* goes back, *arrived* chooses, *call next* leaves.
"""

from array import array

from luot.core import records
from luot.core.keys.keypad import CHOOSE, ON
from luot.core.limits import SERVICES
from luot.core.line.line import BREAK, CLOSED, OPEN
from luot.core.line.order import TO_DESK, Order
from luot.core.line.ticket import ABSENT, DONE, HELD, WAITING
from micropython import const

# What a command is chosen from.
_NOTHING = const(0)
TICKETS = const(1)
TARGETS = const(2)
REASONS = const(3)
PAGERS = const(4)
FIGURES = const(5)
THE_DAY = const(255)  # among them
DAY = const(6)
OUT = const(0x8000)  # added to a pager that is out, among those whom the end of the day concerns
RATINGS = const(100)  # added to a desk, among the figures

# word of the string table, kind of record, what to choose from, whether to be confirmed; for
# DESK and PAGER also what to make of it.
_ITEMS = (
    ("undo", records.UNDO, _NOTHING, 0, 0),
    ("hold.put", records.HOLD, _NOTHING, 0, 0),
    ("hold.list", records.RESUME, TICKETS, 0, 0),
    ("absent.back", records.BACK, TICKETS, 0, 0),
    ("call.number", records.CALL, TICKETS, 1, 0),
    ("move", records.TRANSFER, TARGETS, 0, 0),
    ("cancel", records.CANCEL, TICKETS, 1, 0),
    ("desk.pause", records.DESK, _NOTHING, 0, BREAK),
    ("desk.close", records.DESK, _NOTHING, 0, CLOSED),
    ("desk.open", records.DESK, _NOTHING, 0, OPEN),
    ("intake", records.INTAKE, REASONS, 0, 0),
    ("pager.lost", records.PAGER, PAGERS, 1, 0),
    ("pager.found", records.PAGER, PAGERS, 0, 1),
    ("stat", 0, FIGURES, 0, 0),
    ("day.close", records.DAY_CLOSE, DAY, 1, 0),
    ("newday", records.DAY_OPEN, _NOTHING, 1, 0),
)


class Menu:
    """One menu, open at `desk`."""

    def __init__(self, order: Order, desk: int) -> None:
        """Open it for a desk, at the first item, to choose from a line."""
        self.order = order
        self.desk = desk
        self.item = self.at = 0
        self.choices: array[int] | None = None  # None: still choosing among the items
        self.confirming = False
        self.hidden = False  # by news for both sides, when it was drawn last
        self.hidden_by: tuple = ()  # the message of the desks' side that hid it last
        self.wanted = False  # a key was pressed since: that message gives way, and no other
        self.told = (0, 0)  # alive, and ever: what the question at the end of the day was about

    @property
    def word(self) -> str:
        """The item, as a word of the string table."""
        return _ITEMS[self.item][0]

    @property
    def kind(self) -> int:
        """What it does, as a kind of record; 0: it only shows."""
        return _ITEMS[self.item][1]

    @property
    def source(self) -> int:
        """What the item is chosen from: TICKETS, TARGETS, ..."""
        return _ITEMS[self.item][2]

    @property
    def choice(self) -> int:
        """What is chosen now: a ticket's arrival, a pager, ...; 0 where there is nothing."""
        return self.choices[self.at] if self.choices else 0

    def press(self, key: int, steps: int = 1) -> bool:
        """Go on, back or choose; say whether the choice is made: then do it and close."""
        if key != CHOOSE:
            self.confirming = False
            step = steps if key == ON else -steps
            if self.choices:
                self.at = (self.at + step) % len(self.choices)
            elif self.choices is None:
                self.item = (self.item + step) % len(_ITEMS)
            self.choices = self.choices or None  # an empty list is left by any key
            return False
        if self.choices is None and self.source and not self.confirming:
            self.at = 0
            self.choices = self._choices()
            if self.choices or self.source != DAY:
                return False
        elif self.source and not self.choices and not self.confirming:
            self.choices = None
            return False
        told, self.told = self.told, (self.order.alive, self.order.arrivals)
        if self.kind and _ITEMS[self.item][3] and not self.confirming:
            self.confirming = True
            return False
        if self.source == DAY and told != self.told:  # nobody is dropped unasked
            return False
        return self.kind > 0

    def command(self) -> "tuple[int, int]":
        """Return `at` and `extra` of the choice, for `Order.decide`."""
        kind, made = self.kind, _ITEMS[self.item][4]
        if kind == records.PAGER:
            return self.choice, made
        if kind == records.DESK:
            return self.desk, made
        return self.desk, self.choice

    def _choices(self) -> "array[int]":
        order, source, kind = self.order, self.source, self.kind
        found = array("H")
        if source in (TICKETS, DAY):
            for slot in range(1, order.tickets + 1):
                if self._offered(kind, slot):
                    found.append(order.arrival[slot])
            found = array("H", sorted(found, key=lambda ticket: (0, ticket)))
            if source == DAY:
                self._find_pagers(found, 0, 0, OUT)
            return found
        if source == TARGETS:
            for service in range(SERVICES):
                if self._served(service):
                    found.append(service)
            for desk in range(1, len(order.services) + 1):
                if desk != self.desk and order.desk_state[desk] == OPEN:
                    found.append(TO_DESK + desk)
        elif source == REASONS:
            for reason in range(4):
                if reason != order.intake:
                    found.append(reason)
        elif source == PAGERS:
            found_again = _ITEMS[self.item][4]
            self._find_pagers(found, 1 - found_again, 2 - found_again)
        elif source == FIGURES:
            self._find_rows(found)
        return found

    def _find_rows(self, found: "array[int]") -> None:
        """List the figures: of the day, each service, each desk, and of ratings if there are."""
        found.append(THE_DAY)
        for row in range(SERVICES):
            if self._served(row):
                found.append(row)
        for desk in range(1, len(self.order.services) + 1):
            found.append(SERVICES - 1 + desk)
            if any(self.order.tally.ratings[3 * desk - 3 : 3 * desk]):
                found.append(RATINGS + desk)

    def _offered(self, kind: int, slot: int) -> bool:
        order = self.order
        state = order.state[slot]
        if kind == records.CALL:
            services = order.services[self.desk - 1]
            return state == WAITING and order.reaches(self.desk, services, slot)
        if kind == records.RESUME:
            return state == HELD
        if kind == records.BACK:
            return state == ABSENT
        if kind == records.CANCEL:
            return 0 < state < DONE and order.desk_of(slot) in (0, self.desk)
        return 0 < state < DONE

    def _served(self, service: int) -> bool:
        for services in self.order.services:
            if services >> service & 1:
                return True
        return False

    def _find_pagers(self, found: "array[int]", least: int, most: int, add: int = 0) -> None:
        """List pagers by where they are: 0 nobody knows, 1 with somebody absent, 2 here."""
        order = self.order
        where = bytearray(order.pagers.size + 1)
        for slot in range(1, order.tickets + 1):
            if 0 < order.state[slot] < DONE and order.pager[slot] < len(where):
                where[order.pager[slot]] = 1 if order.state[slot] == ABSENT else 2
        for pager in range(1, len(where)):
            at = 2 if order.pagers.has(pager) else where[pager]
            if least <= at <= most:
                found.append(pager + add)
