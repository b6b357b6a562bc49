"""What the display says of what happens: a press was obeyed, or why not; something fails.

Owns which word stands for what: refusals, kinds of records, states of a desk and reasons have keys
that bear their numbers. Which message has the display, and for how long, is `panel`.
"""

from luot.core import records
from luot.core.display.panel import Panel
from luot.core.display.view import View
from luot.core.journal.ring import Ring
from luot.core.keys.keypad import Keypad
from luot.core.line import refusals, rules
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED
from luot.core.records import AT_C, AT_KIND, AT_LANE, AT_NUMBER, AT_PAGER
from luot.core.settings.hours import CLOSED
from luot.core.wire import get
from micropython import const

_BATTERY_LOW = const(15)  # percent: say so


class Telling:
    """Messages about one line on one panel."""

    def __init__(self, view: View, panel: Panel, order: Order) -> None:
        """Take the words, where they go, and what they are about."""
        self.view = view
        self.panel = panel
        self.order = order
        self._missed = 0  # expanders that were missing when they were looked at last
        self.know_hours("", 0)

    def know_hours(self, week: str, wall_s: int) -> None:
        """Take opening hours as in the settings, and the clock on the wall at time 0.

        `wall_s` 0: nobody knows.
        """
        self._timeless = bool(week and not wall_s)
        self._hours = None
        if week and wall_s:
            from luot.core.settings.hours import Hours  # code is RAM: many an office does without

            self._hours = Hours(week, wall_s)

    def refuse(self, now: int, refusal: int, source: int, since_ms: int) -> None:
        """Say why a press did nothing; `since_ms`: since the last call, for a recall."""
        order = self.order
        n = order.alive
        if refusal == refusals.TOO_SOON:
            n = (order.recall_gap_ms - since_ms + 999) // 1000
        elif refusal == refusals.PASSED_OUT:
            n = order.overtakes_max
        word = "refused.%d" % refusal
        if refusal == refusals.PAUSED:
            word = "intake.%d" % order.intake
        self._refuse(now, source, self.view.words.get(word, "n", n, "m", order.calls_max))

    def busy(self, now: int, source: int, desk: int) -> None:
        """Say that another desk has the menu open."""
        self._refuse(now, source, self.view.words.get("menu.busy", "d", desk))

    def broken(self, now: int, source: int, word: str) -> None:
        """Say why nothing can be obeyed."""
        self._refuse(now, source, self.view.words.get(word))

    def _refuse(self, now: int, source: int, text: str) -> None:
        self.panel.refuse(now, source, self._desk(source) + "\n" + text if source else text)

    def _desk(self, source: int) -> str:
        return self.view.words.get("desk", "d", source)

    def done(self, now: int, record: bytearray, source: int) -> None:
        """Say what a press did."""
        order, words, kind = self.order, self.view.words, record[AT_KIND]
        for desk in range(1, len(order.opened)) if kind == records.DAY_CLOSE else (source,):
            slot = order.opened[desk]
            if kind == records.UNDO or not slot or order.state[slot] != CALLED:
                self.panel.forget(desk)  # a call that is not so any more
        if kind == records.ISSUE:
            lane, number, pager = order.newest
            wait_min = rules.estimate_min(order, lane, 1)
            name = self.view.label(lane, number)
            self.panel.issue(now, name, pager, wait_min, bool(lane & 1))
        elif kind in (records.CALL, records.RECALL, records.RESUME):
            lane = order.lane[slot]
            self.panel.call(now, self.view.name(slot), source, bool(lane & 1), order.calls[slot])
        elif kind == records.DESK:
            self._tell(now, source, words.get("desk.%d" % (record[AT_C] & 3)))
        elif kind == records.INTAKE:
            self._tell(now, source, words.get("intake.%d" % record[AT_C]))
        elif kind == records.PAGER:
            word = "pager.found" if record[AT_C] else "pager.lost"
            self._tell(now, source, words.get(word) + " " + str(get(record, AT_PAGER, 2)))
        else:
            name = ""
            if records.ISSUE <= kind <= records.UNDO:
                name = self.view.label(record[AT_LANE], get(record, AT_NUMBER, 2))
            self._tell(now, source, words.get("done.%d" % kind, "t", name))

    def _tell(self, now: int, source: int, text: str) -> None:
        """Say so on the side of who pressed."""
        self.panel.tell(now, source, self._desk(source) if source else "", text)

    # What nobody pressed.

    def keypads(
        self, now: int, keypad: Keypad, missing: int, expanders: "tuple[int, ...]"
    ) -> None:
        """Look at keys that stick, and at the expanders that are missing, a mask of them all.

        One that is missing at a single look is none: a bus that hung may have been freed by now.
        """
        lasting, self._missed = missing & self._missed, missing
        stuck = pads = ""
        for i in range(len(expanders)):
            if lasting >> i & 1:
                pads += "\n0x%02x" % expanders[i]
        for bit in keypad.stuck(missing):
            stuck += "\n" + self._key(keypad, bit)
        self.panel.fault(now, "keys.bad", lasting != 0, pads[1:] if pads else "")
        self.panel.fault(now, "key.stuck", stuck != "", stuck[1:] if stuck else "")

    def _key(self, keypad: Keypad, bit: int) -> str:
        """Return which key that is, and whose."""
        source, word, which = keypad.whose(bit)
        letter = self.view.settings.letter(which)
        text = self.view.words.get(word, "n", which, "t", letter)
        return self._desk(source) + " " + text if source else text

    def battery(self, now: int, percent: int) -> None:
        """Look at the battery's charge."""
        self.panel.fault(now, "bat.low", 0 <= percent < _BATTERY_LOW)

    def radio(self, now: int, reason: int, held: bool, unsure: str) -> None:
        """Look at the radio, which fails for a `reason` (0: it does not), and at held pages.

        `unsure` names whom a desk has called and whose page was perhaps not heard.
        """
        self.panel.fault(now, "radio.held", held)
        why = self.view.words.get("radio.%d" % reason) if reason else ""
        self.panel.fault(now, "radio.fail", reason > 0, why)
        self.panel.fault(now, "page.unsure", unsure != "", unsure)

    def book(self, now: int, ring: Ring) -> None:
        """Look at the journal, and at the opening hours, which suggest and do nothing."""
        panel, order = self.panel, self.order
        panel.fault(now, "store.alien", ring.alien)
        panel.fault(now, "store.worn", ring.worn >= 0, ring.worn)
        panel.fault(now, "store.damaged", ring.damaged >= 0, ring.damaged)
        panel.fault(now, "store.lost", order.lost > 0, order.lost)
        panel.fault(now, "clock.unset", self._timeless)
        if self._hours:
            wanted = self._hours.suggestion(now, order.intake if order.day_open else CLOSED)
            for reason in range(3):
                panel.fault(now, "hours.%d" % reason, wanted == reason)
