"""The station: issues numbers and pagers, owns the line, keeps the journal, pages, shows.

`step(now)` does what is due and returns when to be called again (ms since start-up). Drivers are
handed in; a press becomes durable before anything is shown or sent.
"""

from luot.core import order, panel, records, screens
from luot.core.canvas import Canvas
from luot.core.gestures import Gestures
from luot.core.journal import Journal
from luot.core.order import Order
from luot.core.paging import Paging
from luot.core.panel import Panel
from luot.core.settings import Settings
from luot.core.strings import Strings
from luot.core.ticket import CALLED, PRIORITY, label
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
_RADIO_START_MS = const(6)
_RADIO_RETRY_MS = const(5_000)
_REFILL_MS = const(60)  # half of the FIFO lasts 213 ms at 1200 bit/s, 106 ms at 2400
_OVERDUE_MS = const(500)

# Refusals of `order.decide`, as words of the string table.
_REFUSALS = ("", "", "wait.none", "pager.none", "full", "notyet", "again.max", "again.soon")


class Station:
    """One station box."""

    def __init__(self, settings: Settings, board, flash, read) -> None:  # type: ignore[no-untyped-def]
        """Take the settings, the board's drivers, the journal's flash, and `read(name) -> bytes`."""
        self.settings = settings
        self.board = board
        self.order = Order(
            settings.masks(),
            order.RULES.index(settings.rule),
            settings.overtakes_max,
            settings.calls_max,
            settings.recall_gap_s * 1000,
            settings.pagers,
        )
        self.journal = Journal(flash, self.order, settings.secret)
        self.paging = Paging(settings.pocsag_bps)
        self.panel = Panel()
        self.gestures = Gestures()
        self.words = Strings(read(settings.language + ".txt"))
        self.canvas = Canvas(board.display.buffer, read("font.bin"))
        self._record = bytearray(records.SIZE)
        self._started = self._broken = False
        self._rung = [0] * (len(settings.desks) + 1)  # when each desk last called, ms
        self._time_base = self._time_at = 0
        self._sure = records.SURE
        self._radio_up = self._sending = False
        self._radio_at = self._sent_at = 0  # when to look at the radio; when its page is over
        self._battery_at = 0
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
        if now >= self._radio_at:
            self._transmit(now)
        if now >= self._battery_at:
            self._look_around(now)
        if self.panel.update(now, self._calling()):
            self._draw()
        wake = self._wake(now, raw)
        if wake - now > _RADIO_START_MS and not self._broken and self._tidy():
            return now
        return wake

    def _wake(self, now: int, raw: int) -> int:
        wake = min(now + _LOOK_MS, self.panel.wake(), self._battery_at)
        keys = self.gestures.wake(now, raw)
        if keys >= 0:
            wake = min(wake, keys)
        if self._sending or not self._radio_up or self.paging.waiting():
            wake = min(wake, max(self._radio_at, now))
        return wake

    # Starting.

    def _start(self, now: int) -> None:
        self._started = True
        self._time_at = now
        try:
            self.journal.mount()
            self._time_base = self.order.time & records.TIME_MAX
            if self.order.boots:
                self._sure = 0
            boots = self.order.boots + 1
            self._append(now, records.BOOT, a=boots & 0xFFFF, b=boots >> 16)
            if not self.order.day:
                self._append(now, records.DAY_OPEN, ticket=1, c=self.order.rule)
        except OSError:
            self._fail(now)
            return
        for desk in range(len(self._rung)):
            self._rung[desk] = now
        if boots > 1:
            lane, number, pager = self.order.newest
            self.panel.restored(now, self._label(lane, number) if number else "", pager)
            if self.order.quiet_boots % 2:
                self._page_again()

    def _page_again(self) -> None:
        """Page whoever was called and is not yet marked: the plug may have been faster."""
        for desk in range(1, len(self._rung)):
            slot = self.order.opened[desk]
            if slot and self.order.state[slot] == CALLED:
                self._page(slot, desk)

    def _append(self, now: int, kind: int, ticket: int = 0, a: int = 0, b: int = 0, c: int = 0) -> None:
        records.fact(self._record, kind, ticket=ticket, a=a, b=b, c=c)
        records.press(self._record, 0, 0, self._time(now))
        self.journal.append(self._record)

    def _time(self, now: int) -> int:
        """Return the time of a record: tenths of a second since day open, and whether it is sure."""
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
        if self._broken:
            return
        record = self._record
        press = self.order.pressed[source] % 0xFFFF + 1
        refusal = self.order.decide(record, kind, source, press, self._time(now), at, extra)
        if refusal:
            self._refuse(now, refusal, source, extra)
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
            self.panel.issue(now, self._label(lane, count), pager)
        elif kind in (records.CALL, records.RECALL):
            slot = self.order.opened[at]
            self._rung[at] = now
            self._page(slot, at)
            name = self._label(lane, number[slot])
            self.panel.call(now, name, at, bool(lane & 1), self.order.calls[slot])

    def _refuse(self, now: int, refusal: int, source: int, extra: int) -> None:
        wait_s = (self.order.recall_gap_ms - extra + 999) // 1000
        text = self.words.get(_REFUSALS[refusal], "n", wait_s, "m", self.order.calls_max)
        if source:
            self.panel.refuse(now, text)
        else:
            self.panel.refuse_issue(now, text)

    def _label(self, lane: int, number: int) -> str:
        return label(self.settings.services[lane >> 1][0], number)

    # Paging.

    def _page(self, slot: int, desk: int) -> None:
        """Queue the page of a called ticket: its number and desk, in letters every pager has."""
        name = self._label(self.order.lane[slot], self.order.number[slot])
        text = "%s %s %d" % (name, "QUAY" if self.settings.language == "vi" else "DESK", desk)
        self.paging.add(self.settings.ric(self.order.pager[slot]), text.encode())
        self._radio_at = 0

    def _transmit(self, now: int) -> None:
        radio = self.board.radio
        try:
            if not self._radio_up:
                self._radio_at = now + _RADIO_START_MS
                if radio.start():
                    self._tune()
            elif self._sending:
                if radio.poll(now > self._sent_at + _OVERDUE_MS):
                    self._sending = False
                    self.board.led.value(0)
                    self.paging.sent()
                else:
                    left = self._sent_at - now
                    self._radio_at = now + min(max(left, 2), _REFILL_MS)
            elif self.paging.prepare(now):
                radio.send(self.paging.payload, self.paging.length)
                self._sending = True
                self._sent_at = now + self.paging.airtime_ms()
                self.board.led.value(1)
                self._radio_at = now + 2
            else:
                self._radio_at = now + _LOOK_MS
        except OSError:
            self._radio_up = self._sending = False
            self._radio_at = now + _RADIO_RETRY_MS
            self.board.led.value(0)
            self.panel.fault(now, "radio.fail", True)

    def _tune(self) -> None:
        settings = self.settings
        self.board.radio.configure_pocsag(
            settings.frequency_hz + settings.trim_hz,
            settings.pocsag_bps,
            settings.power_dbm,
            settings.polarity == "inverted",
        )
        self._radio_up = True
        self.panel.fault(0, "radio.fail", False)

    # What nobody presses.

    def _look_around(self, now: int) -> None:
        self._battery_at = now + _BATTERY_MS
        percent = self.board.battery.percent()
        if percent != self._percent:
            self._percent = percent
            self.panel.touch()
        self.panel.fault(now, "bat.low", percent < _BATTERY_LOW)
        self.panel.fault(now, "keys.bad", self.board.keys.missing != 0)

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
        self.panel.fault(now, "store.bad", True)

    # The display.

    def _calling(self) -> bool:
        for desk in range(1, len(self._rung)):
            if self.order.opened[desk]:
                return True
        return False
