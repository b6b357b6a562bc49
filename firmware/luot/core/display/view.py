"""The display of a station: the panel's choice of messages, filled in from the line, and drawn.

Owns which values of the line and the settings go into which screen, and changes none of them.
Which message has the display is `panel`, where things stand on it is `screens`.
"""

from luot.core.display import panel, screens
from luot.core.display.canvas import Canvas
from luot.core.display.panel import Panel
from luot.core.display.strings import Strings
from luot.core.keys.keypad import Keypad
from luot.core.line import refusals
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED, label, series
from luot.core.settings.settings import Settings
from micropython import const

_HALF = const(4)  # pages of the display
_RENEW_MS = const(1_000)


class View:
    """One display."""

    def __init__(
        self, settings: Settings, order: Order, panel: Panel, keypad: Keypad, display, data
    ) -> None:
        """Take what is shown, the display's driver, and what opens data files."""
        self.settings = settings
        self.order = order
        self.panel = panel
        self.keypad = keypad
        self.display = display
        self.words = Strings(data(settings.language + ".txt"))
        self.canvas = Canvas(display.buffer, data("font.bin"))
        self._renew_at = 0  # ms

    def label(self, byte: int, number: int) -> str:
        """Return a number as people read it; `byte` is the record's lane byte."""
        return label(self.settings.letter(series(byte)), number)

    def name(self, slot: int) -> str:
        """Return the number of a ticket in line."""
        return label(self.settings.letter(self.order.series(slot)), self.order.number[slot])

    def _title(self) -> str:
        """Say whether numbers are issued, or why not."""
        order = self.order
        word = "idle.title" if order.pagers.free else "refused.%d" % refusals.NO_PAGER
        if not order.day_open:
            word = "refused.%d" % refusals.DAY_OVER
        elif order.intake:
            word = "intake.%d" % order.intake
        return self.words.get(word)

    def starting(self) -> None:
        """Say that the line is being read back: on a full journal that takes seconds."""
        screens.notice(self.canvas, self.words.get("starting"))
        self._show()

    def renew(self, now: int) -> None:
        """Once a second: send a part of what was drawn again, or all to one that did not answer.

        A display may have forgotten what it took, or never have heard it: it does not say so.
        """
        if now >= self._renew_at:
            self._renew_at = now + _RENEW_MS
            try:
                self.display.renew()
            except OSError:
                pass  # as below

    def draw(self, percent: int) -> None:
        """Draw what the panel chose; `percent` is what the battery has left."""
        upper, lower = self.panel.upper, self.panel.lower
        menu = self.keypad.menu
        if menu:
            mine = self.panel.news == menu.desk  # who has read it, and goes on
            both = bool(upper[0] and lower[0] and not mine)
            menu.hidden = both and not (menu.wanted and menu.hidden_by is upper)
            if menu.hidden:
                menu.hidden_by, menu.wanted = upper, False
            else:
                news = upper if upper[0] and not both and not mine else lower
                self._draw_menu(news, both)
                return
        below = lower[0]
        if not below:
            lower = self.panel.view()
            below = lower[0] == panel.RESTORED and lower[1][0]  # its pager may be in a hand yet
        if not upper[0]:
            self._whole(lower, percent)
        elif below:
            self._half(upper, 0)
            self._half(lower, _HALF)
        else:
            self._whole(upper, percent)
        self._show()

    def _draw_menu(self, news: "tuple[int, tuple]", below: bool) -> None:
        """Draw the menu and the news it leaves room for, above it or `below`."""
        from luot.core.display import wording  # code is RAM: only while a menu is open

        lines = wording.lines(self.keypad.menu, self.words, self.settings)
        if news[0] and not below:
            self._half(news, 0)
        wording.draw(self.canvas, lines, _HALF if news[0] and not below else 0)
        if below:
            self._half(news, _HALF)
        self._show()

    def _show(self) -> None:
        try:
            self.display.show()
        except OSError:
            pass  # it may come back; the pagers do not need it

    def _half(self, message: "tuple[int, tuple]", page: int) -> None:
        view, values = message
        if view == panel.CALL:
            screens.call_half(self.canvas, self.words, page, values[0], values[1], values[2])
        elif view == panel.ISSUE and values[3]:
            screens.priority_half(self.canvas, self.words, page, values[0], values[1])
        elif view in (panel.ISSUE, panel.RESTORED):
            screens.issue_half(self.canvas, page, values[0], values[1])
        elif view == panel.TOLD:
            screens.told(self.canvas, values[0], values[1], page, _HALF)
        else:
            text = self._fault(values) if view == panel.FAULT else values[0]
            screens.notice(self.canvas, text, page, _HALF)

    def _fault(self, values: tuple) -> str:
        text = self.words.get(values[0], "n", values[1])
        return text + "\n" + values[1] if isinstance(values[1], str) else text

    def _whole(self, message: "tuple[int, tuple]", percent: int) -> None:
        view, values = message
        canvas, words, order = self.canvas, self.words, self.order
        if view == panel.CALL:
            label, desk, priority, nth = values
            screens.called(canvas, words, label, desk, priority, nth, order.calls_max)
        elif view == panel.ISSUE:
            screens.issued(canvas, words, values[0], values[1], values[2], values[3])
        elif view == panel.NOTICE:
            screens.notice(canvas, values[0])
        elif view == panel.FAULT and values:  # it may be over by now
            screens.notice(canvas, self._fault(values))
        elif view == panel.TOLD:
            screens.told(canvas, values[0], values[1])
        elif view == panel.RESTORED:
            screens.restored(canvas, words, values[0], values[1], self._title())
        elif view == panel.BOARD:
            calls = self._calls()
            screens.board(canvas, words, calls, self._title(), percent)
        elif view == panel.WAITING:
            services, priority = self._waiting()
            screens.waiting(canvas, words, services, priority, percent)
        elif view == panel.SETUP:
            from luot.core.display import setup  # code is RAM: needed at a start only

            setup.draw(canvas, words, self.settings)
        else:
            screens.status(
                canvas, words, self._title(), percent, order.pagers.free, order.arrivals
            )

    def _calls(self) -> tuple:
        """Return three open calls, who is not there yet and the newest first.

        Each as (label, desk, priority).
        """
        order = self.order
        calls = []
        for desk in range(1, len(order.services) + 1):
            slot = order.opened[desk]
            if slot:
                lane = order.lane[slot]
                age = -order.last_call[desk]
                there = order.state[slot] != CALLED
                calls.append((there, age, self.name(slot), desk, bool(lane & 1)))
        calls.sort(key=lambda call: (call[0], call[1], call[3]))
        return tuple([call[2:] for call in calls[:3]])

    def _waiting(self) -> "tuple[tuple, int]":
        """Return (letter, name, how many wait) of each service, and how many have priority."""
        services = []
        priority = 0
        for i in range(len(self.settings.services)):
            name = self.settings.services[i]
            normal, urgent = self.order.waiting[2 * i], self.order.waiting[2 * i + 1]
            services.append((name[0], name[2:], normal + urgent))
            priority += urgent
        return tuple(services), priority
