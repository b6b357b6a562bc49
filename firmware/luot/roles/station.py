"""The station: issues numbers and pagers, owns the line, keeps the journal, pages, shows.

`step(now)` does what is due and returns when to be called again (ms since start-up). Drivers are
handed in; a press becomes durable before anything is shown or sent.
"""

from luot.core import records
from luot.core.gestures import Gestures
from luot.core.journal import Journal
from luot.core.order import Order
from luot.core.paging import Paging
from luot.core.panel import Panel
from luot.core.settings import Settings
from luot.core.ticket import CALLED, PRIORITY
from luot.core.turn import RULES
from luot.core.view import View
from micropython import const

KEYPADS = (0x20, 0x21, 0x22)  # issue keys; desks 1 and 2; desks 3 and 4
_PRIORITY_KEY = const(1)  # bit 0; then eight issue keys, then four keys a desk
_ISSUE = const(1)
_DESKS = const(9)
_COMMANDS = (records.CALL, records.RECALL, records.ABSENT, records.ARRIVED)

_LOOK_MS = const(1_000)  # the longest wait: a key whose interrupt was lost is seen by then
_BATTERY_MS = const(10_000)
_BATTERY_LOW = const(15)  # percent: say so
_BATTERY_LEAST = const(5)  # percent: below, no erase is begun
_SOON_MS = const(6)  # with less time than this, nothing is tidied up

# Refusals of `order.decide`, as words of the string table; 0: the flash refuses.
_REFUSALS = (
    "store.bad",
    "",
    "wait.none",
    "pager.none",
    "full",
    "notyet",
    "again.max",
    "again.soon",
)


class Station:
    """One station box."""

    def __init__(self, settings: Settings, board, flash, data) -> None:
        """Take settings, the board's drivers, the journal's flash, and what opens data files."""
        self.settings = settings
        self.board = board
        self.order = Order(
            settings.masks(),
            RULES.index(settings.rule),
            settings.overtakes_max,
            settings.calls_max,
            settings.recall_gap_s * 1000,
            settings.pagers,
        )
        self.journal = Journal(flash, self.order, settings.secret)
        self.paging = Paging(board.radio, board.led, settings)
        self.panel = Panel()
        self.gestures = Gestures()
        self.view = View(settings, self.order, self.panel, board.display, data)
        self._record = bytearray(records.SIZE)
        self._started = self._broken = False
        self._due = 0  # desks whose call is to be paged, a bit each
        self._rung = [0] * (len(settings.desks) + 1)  # when each desk last called, ms
        self._time_base = self._time_at = 0
        self._sure = records.SURE
        self._look_at = self._battery_at = 0
        self._percent = 100

    def step(self, now: int) -> int:
        """Do what is due at `now`; return when to be called again at the latest."""
        if not self._started:
            self._start(now)
        raw = self.board.keys.read()
        pressed = self.gestures.update(now, raw)
        bit = 0
        while pressed:
            if pressed & 1:
                self._press(now, bit, raw)
            pressed >>= 1
            bit += 1
        wake = self.paging.step(now)
        if wake < 0 and self._due:
            self._page()
            wake = self.paging.step(now)
        if now >= self._look_at:
            self._look_around(now)
        # A redraw takes up to 25 ms: not while the radio is about to begin.
        calm = wake < 0 or wake - now > _SOON_MS
        drawn = calm and self.panel.update(now, any(self.order.opened))
        if drawn:
            self.view.draw(self._percent)
        wake = self._soonest(now, raw, wake)
        # An erase holds up everything, and a checkpoint allocates as much as a redraw: never both.
        if not drawn and wake - now > _SOON_MS and not self._broken and self._tidy():
            return now
        return wake

    def _soonest(self, now: int, raw: int, paging: int) -> int:
        wake = min(self._look_at, self.panel.wake())
        if paging >= 0:
            wake = min(wake, paging)
        keys = self.gestures.wake(now, raw)
        return wake if keys < 0 else min(wake, keys)

    # Starting.

    def _start(self, now: int) -> None:
        self._started = True
        self._time_at = now
        self.view.starting()
        try:
            self.journal.mount()
            self._time_base = self.order.time & records.TIME_MAX
            if self.order.boots:
                self._sure = 0
            boots = self.order.boots + 1
            self._append(now, records.BOOT, 0, boots & 0xFFFF, boots >> 16, 0, 0)
            if not self.order.day:
                k = self.order.overtakes_max
                self._append(now, records.DAY_OPEN, 1, 0, 0, self.order.rule, k)
        except OSError:
            self._fail(now)
            return
        for desk in range(len(self._rung)):
            self._rung[desk] = now
        if boots > 1:
            lane, number, pager = self.order.newest
            self.panel.restored(now, self.view.label(lane, number) if number else "", pager)
            if self.order.quiet_boots % 2:
                self._due = -1  # the plug may have been faster than their pages

    def _append(self, now: int, kind: int, ticket: int, a: int, b: int, c: int, d: int) -> None:
        """Record what the station itself has to say; nobody pressed."""
        records.fact(self._record, kind, 0, 0, ticket, 0, 0, a, b, c, d)
        records.press(self._record, 0, 0, self._time(now))
        self.journal.append(self._record)

    def _time(self, now: int) -> int:
        """Return a record's time: tenths of a second since day open, and whether it is sure."""
        tenths = self._time_base + (now - self._time_at) // 100
        return min(tenths, records.TIME_MAX) | self._sure

    # Keys.

    def _press(self, now: int, bit: int, raw: int) -> None:
        if bit >= _DESKS:
            desk = (bit - _DESKS) // 4 + 1
            if desk < len(self._rung):
                kind = _COMMANDS[(bit - _DESKS) % 4]
                self._command(now, kind, desk, desk, now - self._rung[desk])
        elif bit >= _ISSUE and bit - _ISSUE < len(self.settings.services):
            priority = PRIORITY if raw & _PRIORITY_KEY else 0
            self._command(now, records.ISSUE, 0, bit - _ISSUE, priority)

    def _command(self, now: int, kind: int, source: int, at: int, extra: int) -> None:
        record = self._record
        press = self.order.pressed[source] % 0xFFFF + 1
        refusal = self.order.decide(record, kind, source, press, self._time(now), at, extra)
        if refusal or self._broken:
            self._refuse(now, 0 if self._broken else refusal, source, extra)
            return
        try:
            self.journal.append(record)
        except OSError:
            self._fail(now)
            return
        self.panel.touch()
        lane, number = record[15], self.order.number
        if kind == records.ISSUE:
            lane, count, pager = self.order.newest
            self.panel.issue(now, self.view.label(lane, count), pager)
        elif kind in (records.CALL, records.RECALL):
            slot = self.order.opened[at]
            self._rung[at] = now
            self._due |= 1 << at
            name = self.view.label(lane, number[slot])
            self.panel.call(now, name, at, bool(lane & 1), self.order.calls[slot])

    def _refuse(self, now: int, refusal: int, source: int, extra: int) -> None:
        wait_s = (self.order.recall_gap_ms - extra + 999) // 1000
        text = self.view.words.get(_REFUSALS[refusal], "n", wait_s, "m", self.order.calls_max)
        if source:
            self.panel.refuse(now, self.view.words.get("desk", "d", source) + "\n" + text)
        else:
            self.panel.refuse_issue(now, text)

    # Paging.

    def _page(self) -> None:
        """Page whom the desks in `_due` call now: number and desk, in letters every pager has.

        What could not be sent while the radio was busy or broken is forgotten with its call, so no
        more pages wait than there are desks.
        """
        order = self.order
        for desk in range(1, len(self._rung)):
            slot = order.opened[desk]
            if self._due >> desk & 1 and slot and order.state[slot] == CALLED:
                name = self.view.label(order.lane[slot], order.number[slot])
                where = "QUAY" if self.settings.language == "vi" else "DESK"
                text = "%s %s %d" % (name, where, desk)
                self.paging.add(self.settings.ric(order.pager[slot]), text.encode())
        self._due = 0

    # What nobody presses.

    def _look_around(self, now: int) -> None:
        self._look_at = now + _LOOK_MS
        if now >= self._battery_at:
            self._battery_at = now + _BATTERY_MS
            percent = self.board.battery.percent()
            if percent != self._percent:
                self._percent = percent
                self.panel.touch()
        self.panel.fault(now, "bat.low", self._percent < _BATTERY_LOW)
        self.panel.fault(now, "keys.bad", self.board.keys.missing != 0)
        self.panel.fault(now, "radio.fail", self.paging.failed)
        self.panel.fault(now, "store.bad", self._broken)

    def _tidy(self) -> bool:
        """Do one piece of the journal's idle work; say whether there was one."""
        try:
            return self.journal.idle(self._percent >= _BATTERY_LEAST)
        except OSError:
            self._broken = True
            return False

    def _fail(self, now: int) -> None:
        """The flash refuses: nothing could be promised any more, so nothing is obeyed."""
        self._broken = True
        self._look_at = now
