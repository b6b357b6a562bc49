"""What a key means: presses, clicks and holds of all keys into commands, one after the other.

Owns which bit is which key and the grammar (SPEC.md 3.3); how contacts bounce is `gestures`, what
nobody meant is `doubt`, what a command does is `order`. *Call next*, issue and rating keys act
when they go down; a desk's three other keys when they come up again, since held for a second they
mean something else.
"""

from luot.core import records
from luot.core.keys.doubt import DESKS, ISSUE, KEYS_OF_DESK, KEYS_OF_PAD, Doubt
from luot.core.keys.gestures import Gestures
from luot.core.line.order import Order
from luot.core.line.ticket import PRIORITY
from micropython import const

# Bits: the priority key; eight issue keys, from ISSUE on; four keys a desk on two desks' keypads,
# from DESKS on; ratings last.
_PRIORITY_KEY = const(1)
_KEYS = const(41)  # with the ratings of four desks
_STEPS_HELD = const(10)  # a key of the menu that is held goes on by so many

_PER_PAD = const(2)  # desks on one keypad

# What a desk's keys are while its menu is open: leave, on, back, choose.
ON = const(1)
CHOOSE = const(3)

_ANSWERS = const(3)  # of a citizen: the fourth port is not wired
_NAMES = ("key.next", "key.recall", "key.absent", "key.arrived")
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
        self.doubt = Doubt(_KEYS)
        self.kind = self.source = self.press = self.at = self.extra = 0
        self.denied = 0  # the desk that may not open the menu, as another has it open
        self._ratings = DESKS + (desks + 1) // _PER_PAD * 8
        self._pressed = self._clicked = self._held = 0
        self._now = self._until = 0  # when the menu closes by itself, ms

    def update(self, now: int, raw: int) -> None:
        """Take a sample of the keys at `now`, ms."""
        gestures, doubt = self.gestures, self.doubt
        pressed = gestures.update(now, raw)
        doubted = doubt.of_sample(gestures, pressed)
        if doubted:
            gestures.ignore(doubted)
            pressed &= ~doubted
        issued = doubt.issues(now, raw, gestures.down, pressed)
        self._pressed = pressed >> DESKS << DESKS | issued
        self._clicked = gestures.clicked
        self._held = gestures.held
        self._now = now

    def wake(self, now: int, raw: int) -> int:
        """Return when the next sample is due (ms); -1 when only a new edge can change anything."""
        return self.doubt.wake(now, self.gestures.wake(now, raw))

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
            self.source = self.at = key // KEYS_OF_DESK + 1
            self.kind, self.extra = records.RATING, key % KEYS_OF_DESK + 1
            return self.at <= self.desks and self.extra <= _ANSWERS
        if bit >= DESKS:
            self.source = self.at = (bit - DESKS) // KEYS_OF_DESK + 1
            if (bit - DESKS) % KEYS_OF_DESK or self.at > self.desks:
                return False
            left = self._menu_of(self.at) and not self.menu.hidden
            if self._menu_of(self.at):
                self.close()
            if not left:  # nobody leaves what cannot be seen
                self.kind = records.CALL
            return True
        if bit == ISSUE + self.services:  # the key after the last service's
            self.kind = records.UNDO
            return True
        self.kind, self.at = records.ISSUE, bit - ISSUE
        self.extra = PRIORITY if self.gestures.counted & _PRIORITY_KEY else 0
        return 0 <= self.at < self.services

    def _of_desk(self, bit: int, steps: int) -> bool:
        """A key came up, or is held: then `steps` is more than one."""
        desk, key = (bit - DESKS) // KEYS_OF_DESK + 1, (bit - DESKS) % KEYS_OF_DESK
        if bit < DESKS or bit >= self._ratings or desk > self.desks or not key:
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

    def stuck(self, missing: int) -> "tuple[int, ...]":
        """Return the bits of this office's keys that stick, but those of a pad that is missing."""
        keys = self.gestures.stuck
        if not keys:
            return ()
        found = []
        for bit in range(_KEYS):
            if keys >> bit & 1 and self.whose(bit)[1]:
                if bit < ISSUE or not missing >> (bit - ISSUE) // KEYS_OF_PAD & 1:
                    found.append(bit)
        return tuple(found)

    def whose(self, bit: int) -> "tuple[int, str, int]":
        """Return a key's source, its word in the string table and which one of those it is.

        Of the intake's keys that is a service, of a citizen's the answer, else 0; no word: it is
        no key of this office.
        """
        desk, key = (bit - DESKS) // KEYS_OF_DESK + 1, (bit - DESKS) % KEYS_OF_DESK
        if bit >= self._ratings:
            desk = (bit - self._ratings) // KEYS_OF_DESK + 1
            return desk, "key.rate" if desk <= self.desks and key < _ANSWERS else "", key + 1
        if bit >= DESKS:
            return desk, _NAMES[key] if desk <= self.desks else "", 0
        if bit < ISSUE:
            return 0, "prio.key", 0
        service = bit - ISSUE
        if service == self.services:
            return 0, "undo", 0
        return 0, "key.issue" if service < self.services else "", service


def _lowest(mask: int) -> int:
    """Return the number of the lowest bit that is set."""
    bit = 0
    while not mask >> bit & 1:
        bit += 1
    return bit
