"""What a key means: presses, clicks and holds of all keys into commands, one after the other.

Owns which bit is which key and the grammar (SPEC.md 3.3); how contacts bounce is `gestures`, what
a command does is `order`. *Call next*, issue and rating keys act when they go down; a desk's three
other keys when they come up again, since held for a second they mean something else.
"""

from luot.core import records
from luot.core.keys.gestures import Gestures
from luot.core.line.order import Order
from luot.core.line.ticket import PRIORITY
from micropython import const

# Bits: the priority key, eight issue keys, four keys a desk on two desks' keypads, ratings last.
_PRIORITY_KEY = const(1)
_ISSUE = const(1)
_DESKS = const(9)
_KEYS_OF_DESK = const(4)
_STEPS_HELD = const(10)  # a key of the menu that is held goes on by so many

_PER_PAD = const(2)  # desks on one keypad

# What a desk's keys are while its menu is open: leave, on, back, choose.
ON = const(1)
CHOOSE = const(3)

_CLICKS = (0, records.RECALL, records.ABSENT, records.ARRIVED)
MENU_MS = const(15_000)  # without a key the menu closes by itself


class Keypad:
    """All keys of a station; after `next` said so, there is a command.

    `kind`, `source`, `press`, `at` and `extra` are as `Order.decide` takes them, but for the times
    that RECALL and UNDO want. Kind 0: only the menu moved. A wired key cannot repeat itself, so
    `press` is the number after the last that its source had obeyed.
    """

    def __init__(self, services: int, desks: int, order: Order, menu=None) -> None:
        """Know how many issue keys and desks there are, and what a menu is about; none is open."""
        self.services = services
        self.desks = desks
        self.order = order
        self.menu = menu  # which a desk has open
        self.gestures = Gestures()
        self.kind = self.source = self.press = self.at = self.extra = 0
        self.denied = 0  # the desk that may not open the menu, as another has it open
        self._ratings = _DESKS + (desks + 1) // _PER_PAD * 8
        self._raw = self._pressed = self._clicked = self._held = 0
        self._now = self._until = 0  # when the menu closes by itself, ms

    def update(self, now: int, raw: int) -> None:
        """Take a sample of the keys at `now`, ms."""
        self._raw = raw
        self._pressed = self.gestures.update(now, raw)
        self._clicked = self.gestures.clicked
        self._held = self.gestures.held
        self._now = now

    def expired(self, now: int) -> bool:
        """Say whether the menu was left alone for too long."""
        return self.menu is not None and now >= self._until

    def close(self) -> None:
        """Close the menu."""
        self.menu = None

    def _menu_of(self, desk: int) -> bool:
        return self.menu is not None and self.menu.desk == desk

    def next(self) -> bool:
        """Find the next command, and say whether there was one."""
        while self._pressed or self._clicked or self._held:
            self.kind = self.source = self.at = self.extra = self.denied = 0
            if self._pressed:
                bit = _lowest(self._pressed)
                self._pressed &= self._pressed - 1
                found = self._down(bit)
            elif self._clicked:
                bit = _lowest(self._clicked)
                self._clicked &= self._clicked - 1
                found = self._of_desk(bit, 1)
            else:
                bit = _lowest(self._held)
                self._held &= self._held - 1
                found = self._of_desk(bit, _STEPS_HELD)
            if found:
                self.press = self.order.pressed[self.source] % 0xFFFF + 1
                return True
        return False

    def _down(self, bit: int) -> bool:
        """A key went down."""
        if bit >= self._ratings:
            key = bit - self._ratings
            self.source = self.at = key // _KEYS_OF_DESK + 1
            self.kind, self.extra = records.RATING, key % _KEYS_OF_DESK + 1
            return self.at <= self.desks and self.extra <= 3
        if bit >= _DESKS:
            self.source = self.at = (bit - _DESKS) // _KEYS_OF_DESK + 1
            if (bit - _DESKS) % _KEYS_OF_DESK or self.at > self.desks:
                return False
            left = self._menu_of(self.at) and not self.menu.hidden
            if self._menu_of(self.at):
                self.close()
            if not left:  # nobody leaves what cannot be seen
                self.kind = records.CALL
            return True
        if bit == _ISSUE + self.services:  # the key after the last service's
            self.kind = records.UNDO
            return True
        self.kind, self.at = records.ISSUE, bit - _ISSUE
        self.extra = PRIORITY if self._raw & _PRIORITY_KEY else 0
        return 0 <= self.at < self.services

    def _of_desk(self, bit: int, steps: int) -> bool:
        """A key came up, or is held: then `steps` is more than one."""
        desk, key = (bit - _DESKS) // _KEYS_OF_DESK + 1, (bit - _DESKS) % _KEYS_OF_DESK
        if bit < _DESKS or bit >= self._ratings or desk > self.desks or not key:
            return False
        self.source = self.at = desk
        held = steps > 1
        if self._menu_of(desk):
            self._until = self._now + MENU_MS
            if self.menu.hidden:  # nobody chooses what cannot be seen
                self.menu.wanted = True
            elif self.menu.press(key, steps):
                self.kind = self.menu.kind
                self.at, self.extra = self.menu.command()
                self.close()
        elif not held:
            self.kind = _CLICKS[key]
        elif _CLICKS[key] == records.RECALL:
            self.kind = records.UNDO
        elif _CLICKS[key] == records.ARRIVED:
            self.kind = records.HOLD
        elif self.menu is not None:
            self.denied = self.menu.desk
        else:
            from luot.core.keys.menu import Menu  # code is RAM: only while it is open

            self.menu = Menu(self.order, desk)
            self._until = self._now + MENU_MS
        return True


def _lowest(mask: int) -> int:
    """Return the number of the lowest bit that is set."""
    bit = 0
    while not mask >> bit & 1:
        bit += 1
    return bit
