"""The station: issues numbers and pagers, owns the line, keeps the journal, pages, shows.

`step(now)` does what is due and returns when to be called again (ms since start-up). Drivers are
handed in; a press becomes durable before anything is shown or sent.
"""

from luot.core import records
from luot.core.display.panel import Panel
from luot.core.display.telling import Telling
from luot.core.display.view import View
from luot.core.failure import StartError
from luot.core.journal.journal import Journal
from luot.core.keys.keypad import Keypad
from luot.core.limits import ERASE_MS
from luot.core.line.order import Order
from luot.core.pages.duty import Duty
from luot.core.pages.paging import Paging
from luot.core.pages.ringing import Ringing
from luot.core.records import AT_C, AT_TICKET
from luot.core.settings.settings import Settings
from luot.core.wire import get
from micropython import const

_LOOK_MS = const(1_000)  # the longest wait: a key whose interrupt was lost is seen by then
_BATTERY_MS = const(10_000)
_BATTERY_LEAST = const(5)  # percent: below, no erase is begun; without a cell it may
_AGAIN_MS = const(30_000)  # so long it stands there saying why it cannot start
_DRAW_MS = const(30)  # a redraw takes up to 25: none is begun if the radio cannot wait for it


class Station:
    """One station box."""

    def __init__(self, settings: Settings, board, flash, files) -> None:
        """Take settings, the board's drivers, the journal's flash, and the box's files."""
        self.settings = settings
        self.board = board
        rule, gap_ms = settings.rule_number(), settings.recall_gap_s * 1000
        most, calls = settings.overtakes_max, settings.calls_max
        self.order = Order(settings.masks(), rule, most, calls, gap_ms, settings.pagers)
        self.paging = Paging(board.radio, board.pocsag, board.led, settings, Duty())
        self.panel = Panel()
        self.keypad = Keypad(len(settings.services), len(settings.desks), self.order)
        self.view = View(settings, self.order, self.panel, self.keypad, board.display, files.data)
        from luot.core.settings import week  # code is RAM: needed at a start only

        self._wall_s = week.seconds(board.date())  # the clock on the wall at time 0, s; 0 unknown
        self.telling = Telling(self.view, self.panel, self.order)
        self.telling.know_hours(settings.hours, self._wall_s)
        self.journal = Journal(flash, self.order, settings.secret)
        self.ringing = Ringing(settings, self.order, self.paging)
        self.files = files
        self._kept = 0  # the day whose figures are in a file, minus it if they could not be
        self._record = bytearray(records.SIZE)
        self._started, self._broken = False, "store.bad"  # why nothing is obeyed, "" once it is
        self._again: StartError | None = None  # why there is to be another start
        self._rung = [0] * (len(settings.desks) + 1)  # when each desk last called, ms
        self._pressed = [0] * (len(settings.desks) + 1)  # when each source was last obeyed, ms
        self._sure = records.SURE
        self._time_base = self._time_at = self._look_at = self._battery_at = 0
        self._percent = 100

    def step(self, now: int) -> int:
        """Do what is due at `now`; return when to be called again. StartError: it cannot start."""
        if not self._started:
            self._start(now)
        if self._again and now >= _AGAIN_MS:
            raise self._again
        self.ringing.step(now)  # the radio first: a bus that hangs below must not starve it
        keys = self.board.keys
        raw = keys.read(now)
        if keys.failed:
            return now  # a time-out has passed since `now`: the radio wants a new one
        self.keypad.update(now, raw)
        while self.keypad.next():
            self._obey(now)
        wake = self.ringing.step(now)
        if now >= self._look_at:
            self._look_around(now)
        calm = self.paging.free_ms(now) >= _DRAW_MS
        drawn = calm and self.panel.update(now, any(self.order.opened))
        if drawn:
            self.view.draw(self._percent)
        elif calm:
            self.view.renew(now)
        wake = self._soonest(now, raw, wake)
        # A checkpoint allocates as much as a redraw: never both.
        if not drawn and not self._broken and self._tidy(wake - now):
            return now
        return wake

    @property
    def may_drop(self) -> bool:
        """Whether code for rare work is of no more use: no menu or checkpoint goes on."""
        return self.keypad.menu is None and not self.journal.writing()

    def _soonest(self, now: int, raw: int, paging: int) -> int:
        wake = min(self._look_at, self.panel.wake())
        if paging >= 0:
            wake = min(wake, paging)
        keys = self.keypad.wake(now, raw)
        wake = wake if keys < 0 else min(wake, keys)
        pads = self.board.keys.wake(now)
        return wake if pads < 0 else min(wake, pads)

    # Starting.

    def _start(self, now: int) -> None:
        self._started = True
        self._time_at = now
        self.view.starting()
        self._rung = [now] * len(self._rung)
        if self.settings.wrong:
            self._fail(now, self.settings.word)
            self._again = StartError(self.settings.word, self.settings.wrong)
            return
        from luot.core.journal import startup  # code is RAM: needed at a start only

        order = self.order
        try:
            self.journal.mount()
            if order.day:
                self._time_base, self._sure = order.time & records.TIME_MAX, 0
            before = order.started
            startup.record(self.journal, order, self._time(now), self._wall_s)
        except OSError as error:
            self._fail(now, error)
            self._again = StartError(self._broken, str(error))
            return
        self._broken = ""
        if order.boots > 1:
            there = order.find(order.arrivals)  # nobody has another day's, or one that is done
            pager = order.pager[there]
            self.panel.restored(now, self.view.name(there) if pager else "", pager)
            self.ringing.again(before)

    def _time(self, now: int) -> int:
        """Return a record's time: tenths of a second since day open, and whether it is sure."""
        return min(self._time_base + (now - self._time_at) // 100, records.TIME_MAX) | self._sure

    def _wall(self, now: int) -> int:
        """Return the clock on the wall, s since 1970, 0 unknown; then it is asked once more."""
        if not self._wall_s:
            from luot.core.settings import week

            self._wall_s = max(week.seconds(self.board.date()) - now // 1000, 0)
            self.telling.know_hours(self.settings.hours, self._wall_s)
        wall_s = self._wall_s + now // 1000 if self._wall_s else 0
        return 0 if wall_s >> 32 else wall_s

    # Keys.

    def _obey(self, now: int) -> None:
        """Do what the keypad found."""
        keys = self.keypad
        self.panel.touch()
        if keys.denied:
            self.telling.busy(now, keys.source, keys.denied)
        elif self._broken:
            if keys.kind:
                self.telling.broken(now, keys.source, self._broken)
        elif keys.kind == records.DAY_CLOSE and self.order.alive:
            from luot.core.journal import closing  # code is RAM: once a day

            try:  # as was confirmed
                closing.send_home(self.journal, self.order, self._record, self._time(now))
            except OSError as error:
                self._fail(now, error)
        if keys.kind and not self._broken:
            self._command(now, keys.kind, keys.source, keys.press, keys.at, keys.extra)

    def _command(self, now: int, kind: int, source: int, press: int, at: int, extra: int) -> None:
        record, order = self._record, self.order
        if kind == records.RECALL:
            extra = now - self._rung[source]
        elif kind == records.UNDO:
            extra = now - self._pressed[source]
        elif kind == records.DAY_OPEN:
            extra = self._wall(now)
            self._kept = max(self._kept, 0)
            self._keep_figures()
        time = records.SURE if kind == records.DAY_OPEN else self._time(now)
        refusal = order.decide(record, kind, source, press, time, at, extra)
        if refusal:
            self.telling.refuse(now, refusal, source, extra)
            return
        try:
            self.journal.append(record)
        except OSError as error:
            self._fail(now, error)
            return
        if kind != records.RATING:  # which is a citizen's
            self._pressed[source] = now
        if kind == records.DAY_OPEN:
            self._time_base, self._time_at, self._sure = 0, now, records.SURE
        if kind in (records.CALL, records.RECALL, records.RESUME):
            self._rung[source] = now
            self.ringing.call(source)
        elif kind == records.UNDO and record[AT_C] in (records.CALL, records.RESUME):
            self.ringing.take_back(source, get(record, AT_TICKET, 2))
        self.telling.done(now, record, source)

    # What nobody presses.

    def _look_around(self, now: int) -> None:
        self._look_at = now + _LOOK_MS
        if now >= self._battery_at:
            self._battery_at = now + _BATTERY_MS
            percent = self.board.battery.percent()
            if percent != self._percent:
                self._percent = percent
                self.panel.touch()
        if self.keypad.expired(now):
            self.keypad.close()
            self.panel.touch()
        keys = self.board.keys
        self.telling.keypads(now, self.keypad, keys.missing, keys.expanders)
        self.telling.battery(now, self._percent)
        why = self.paging.reason if self.paging.failed else 0
        self.telling.radio(now, why, self.ringing.held(now), self.ringing.names())
        if not self._broken:
            self.telling.book(now, self.journal.ring)

    def _tidy(self, free_ms: int) -> bool:
        """Do one piece of idle work if it ends before anything is due; say whether there was one.

        It holds up everything: the radio's FIFO and the end of its page, keys, the panel.
        """
        if free_ms >= ERASE_MS and self._keep_figures():
            return True
        try:
            may_erase = not 0 <= self._percent < _BATTERY_LEAST
            return self.journal.idle(may_erase, free_ms)
        except OSError as error:
            self._fail(self._look_at, error)
            return False

    def _keep_figures(self) -> bool:
        """Keep the figures of a day that is over in a file; say whether there was one to keep."""
        order = self.order
        if order.day_open or abs(self._kept) == order.day:
            return False
        from luot.core.settings import summary

        kept = summary.keep(self.files, order, self.settings.services)
        self._kept = order.day if kept else -order.day
        self.panel.fault(self._look_at, "files.bad", not kept)
        return True

    def _fail(self, now: int, error: "OSError | str") -> None:
        """Nothing could be promised any more, so nothing is obeyed: for an error, or a word."""
        word = error if isinstance(error, str) else getattr(error, "word", "store.bad")
        self._broken, self._look_at = word, now
        self.panel.fault(now, word, True, self.settings.wrong or 0)
