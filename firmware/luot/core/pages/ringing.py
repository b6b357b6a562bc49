"""Whom to page: made from the line when a page can go, so that none is sent that lost its meaning.

Owns the text of a page, whose call is still to be sent, and how often; how it goes on air is
`paging`. A call that was over before its page could go is forgotten. A transmission that failed
may have been heard all the same, so nobody is rung more than three times for one press, whatever
fails: twice before a restart, and once after the first.
"""

from luot.core.limits import PAGES_TOGETHER, RINGS_PRESS, RINGS_START
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED, HELD, WAITING, label
from luot.core.pages.paging import Paging
from luot.core.settings.settings import Settings

_VIETNAMESE = ("QUAY", "CHO")  # in letters that every pager has
_ENGLISH = ("DESK", "WAIT")


class Ringing:
    """The calls of all desks that are still to be sent, and those to be taken back."""

    def __init__(self, settings: Settings, order: Order, paging: Paging) -> None:
        """Take what the texts are made of, and where they go."""
        self.settings = settings
        self.order = order
        self.paging = paging
        self._due = 0  # desks, a bit each
        self._undone = [0] * (len(settings.desks) + 1)  # the ticket whose call was taken back
        self._left = bytearray(len(self._undone))  # transmissions each desk's call still has
        self._sent = 0  # desks whose pages are on the air
        self._told = 0  # those of them whose undone call they tell
        self.unsure = 0  # desks whose call was perhaps not heard, and is not sent again
        self._next = 0  # not before, ms
        self._desk, self._wait = _VIETNAMESE if settings.language == "vi" else _ENGLISH

    def call(self, desk: int) -> None:
        """Page whom a desk has called."""
        self._due |= 1 << desk
        self._sent &= ~(1 << desk)  # what is on the air just now is not what was pressed
        self.unsure &= ~(1 << desk)
        self._left[desk] = RINGS_PRESS
        self._next = 0

    def again(self, since: int) -> None:
        """After a restart, page whom a desk called after an event, that of the start before.

        The plug may have been faster than their pages. Whoever was called earlier was paged at
        that start; nobody can say whether that was heard.
        """
        order = self.order
        for desk in range(1, len(self._undone)):
            if order.last_call[desk] > since:
                self._due |= 1 << desk
                self._left[desk] = RINGS_START
            elif order.opened[desk]:
                self.unsure |= 1 << desk

    def doubtful(self, desk: int) -> int:
        """Return the slot of whom a desk has called, perhaps unheard; 0 none."""
        order, slot = self.order, self.order.opened[desk]
        if self.unsure >> desk & 1 and (not slot or order.state[slot] != CALLED):
            self.unsure &= ~(1 << desk)
        return slot if self.unsure >> desk & 1 else 0

    def names(self) -> str:
        """Name whom a desk has called and whose page was perhaps not heard, "" nobody."""
        names, desk = "", 1
        while self.unsure >> desk:
            slot = self.doubtful(desk)
            if slot:
                names += " " + self._number(slot)
            desk += 1
        return names[1:] if names else ""

    def take_back(self, desk: int, ticket: int) -> None:
        """Tell a ticket that was called by mistake to wait."""
        self._undone[desk] = ticket
        self._told &= ~(1 << desk)
        self.call(desk)

    def held(self, now: int) -> bool:
        """Say whether calls wait for the air, as the duty cycle will have it."""
        return self._due > 0 and now < self._next

    def step(self, now: int) -> int:
        """Send what is due at `now`, ms; return when to be called again, -1 when a desk calls."""
        wake = self.paging.step(now)
        if self.paging.lost:
            self.paging.lost = False
            self._ended(False)
        elif wake < 0 and self._sent | self._told:
            self._ended(True)
        if wake < 0 and not self._due:
            self.paging.failed = False  # it has started, and nothing is left to try it with
        if wake < 0 and self._due:
            if now >= self._next:
                self._send(now)
            wake = self.paging.step(now)
            return max(wake, self._next) if self._due else wake
        return wake

    def _ended(self, well: bool) -> None:
        """A transmission is over: whom it told is done with, or due again if that may be."""
        for desk in range(1, len(self._undone)):
            sent, told = self._sent >> desk & 1, self._told >> desk & 1
            if sent and self.paging.heard:
                self._left[desk] -= 1
            given_up = sent and not self._left[desk]
            if not well and given_up:
                self.unsure |= 1 << desk
            elif not well and sent:
                self._due |= 1 << desk
            if told and (well or given_up):
                self._undone[desk] = 0
        self._sent = self._told = 0

    def _send(self, now: int) -> None:
        """Send as much as one transmission holds, or note when that is allowed."""
        pages: list[tuple[int, bytes]] = []
        sent = 0
        for desk in range(1, len(self._undone)):
            if self._due >> desk & 1 and len(pages) < PAGES_TOGETHER - 1:
                self._of_desk(desk, pages)
                sent |= 1 << desk
        wait = self.paging.send(now, pages) if pages else 0
        self._next = now + wait
        if not wait:
            self._due &= ~sent
            self._sent, self._told = sent if pages else 0, sent

    def _of_desk(self, desk: int, pages: "list[tuple[int, bytes]]") -> None:
        """Add the pages of a desk: whom it took back, whom it calls."""
        order = self.order
        slot = order.find(self._undone[desk]) if self._undone[desk] else 0
        if slot and order.state[slot] in (WAITING, HELD):
            self._page(slot, self._wait, pages)
        slot = order.opened[desk]
        if slot and order.state[slot] == CALLED:
            self._page(slot, "%s %d" % (self._desk, desk), pages)

    def _page(self, slot: int, text: str, pages: "list[tuple[int, bytes]]") -> None:
        pager = self.order.pager[slot]
        if pager:
            text = self._number(slot) + " " + text
            pages.append((self.settings.ric(pager), text.encode()))

    def _number(self, slot: int) -> str:
        """Return a number as people read it."""
        letter = self.settings.letter(self.order.series(slot))
        return label(letter, self.order.number[slot])
