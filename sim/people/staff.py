"""Those who work in an office: the clerk at the intake, an officer at each desk.

Owns what they press, what they look for and how long they wait for it. They know what people know:
what the display says and who stands before them; they touch the station by its keys alone.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sim.people.people import Citizen, Hand
from sim.world import SECOND_US

if TYPE_CHECKING:
    from sim.people.office import Office

_MS = 1_000
# What the display says of a refusal: keys of its words, which bear the number of the refusal.
_NOBODY, _NO_TICKET, _TOO_SOON = "refused.2", "refused.5", "refused.8"
_TURNED_AWAY = {"refused.3": "pager.none", "refused.4": "full"}  # and what the books call it
_NEXT, _RECALL, _ABSENT, _ARRIVED = range(4)  # the keys of a desk
_LOOK_US = 900 * _MS  # a person looks up that long after pressing
_LOOKS_CLERK = 7  # half a second apart, before the key is pressed again
_LOOKS_OFFICER = 31  # a second apart, before calling again, and before giving up
_REFUSED_US = 5 * SECOND_US  # until a refusal is gone from the display
_AFTER_CUT_US = 35 * SECOND_US  # after a restart the pagers ring again: wait for whom was called


class Intake:
    """The clerk who presses an issue key for one person after the other and hands out pagers."""

    def __init__(self, office: "Office", hand: Hand) -> None:
        """Stand at the station's issue keys."""
        self.office = office
        self.hand = hand
        self.queue: deque[Citizen] = deque()
        self._serving: Citizen | None = None
        self._last = ""  # the number handed out last
        self._looks = 0

    @property
    def busy(self) -> bool:
        """Whether somebody stands at the intake."""
        return self._serving is not None

    def arrive(self, citizen: Citizen) -> None:
        """Join the people at the intake."""
        self.queue.append(citizen)
        if self._serving is None:
            self._next()

    def _next(self) -> None:
        self._serving = self.queue.popleft() if self.queue else None
        if self._serving is not None:
            self.office.world.after(self.hand.reaction_us(), self._press)

    def _press(self) -> None:
        citizen, box = self._serving, self.office.box
        assert citizen is not None
        now = self.office.world.now
        hold = self.hand.hold_us()
        start = now
        if citizen.priority:  # the other hand holds the priority key around it
            box.priority_key.press(now, hold + 600 * _MS)
            start += 300 * _MS
        box.issue_keys[citizen.service].press(start, hold)
        self.office.world.note(f"intake presses {citizen.service} for line {citizen.arrival.line}")
        self._looks = 0
        self.office.world.at(start + _LOOK_US, self._look)

    def _look(self) -> None:
        """Read the display: the number and pager to hand out, or why there is none."""
        citizen, office = self._serving, self.office
        assert citizen is not None
        label, pager = office.issued()
        if label != self._last and label.startswith(office.letters[citizen.service]):
            self._hand_out(label, pager)
            return
        reason = next((why for key, why in _TURNED_AWAY.items() if office.says(key)), "")
        if reason:
            citizen.refused, citizen.done = reason, True
            office.world.note(f"line {citizen.arrival.line} is refused: {reason}")
            self._next()
            return
        self._looks = self._looks + 1 if office.lit() else 0
        if self._looks >= _LOOKS_CLERK:
            self._press()
        else:
            office.world.after(SECOND_US // 2, self._look)

    def _hand_out(self, label: str, pager: int) -> None:
        citizen = self._serving
        assert citizen is not None
        self._last = citizen.label = label
        citizen.pager = pager
        self.office.seat(citizen)
        self._next()


class Officer:
    """One desk: calls next, waits, marks who came, serves."""

    def __init__(self, office: "Office", desk: int, hand: Hand) -> None:
        """Sit down at desk 1..4."""
        self.office = office
        self.desk = desk
        self.hand = hand
        self.serving: Citizen | None = None
        self.expecting = False  # a call was made and nobody came yet
        self.pressed_us = [0, 0, 0, 0]  # when each key was last pressed
        self._greeted_us = 0  # when the last citizen came
        self._unclosed = False  # the next call is to close the last service, too
        self._serial = 0

    @property
    def idle(self) -> bool:
        """Whether this officer has nothing to do."""
        return self.serving is None and not self.expecting

    def call(self) -> None:
        """Call the next one, after a moment."""
        self.expecting = True
        self._later(self.hand.reaction_us(), self._call)

    def _call(self) -> None:
        self._press(_NEXT, _LOOK_US, partial(self._watch, _NOBODY, self._call_again))

    def _call_again(self) -> None:
        then = partial(self._settle, _ABSENT)
        self._press(_RECALL, _LOOK_US, partial(self._watch, _NO_TICKET, then))

    def _watch(self, refusal: str, then: Callable[[], None], looks: int = _LOOKS_OFFICER) -> None:
        """Look up until somebody comes. After a power cut nobody knows what the box has heard."""
        if self.office.says(refusal, self.desk):
            if refusal == _NOBODY:
                self.office.nobody_for(self.desk)
            close = partial(self._settle, _ARRIVED)
            self._later(_REFUSED_US, close if self._unclosed else self._give_up)
        elif self.office.says(_TOO_SOON, self.desk) or not self.office.lit():
            self._later(_AFTER_CUT_US, self._call_again)
        elif looks:
            self._later(SECOND_US, partial(self._watch, refusal, then, looks - 1))
        else:
            then()

    def _settle(self, key: int) -> None:
        """Press what ends a call; a box without power has to be told again."""
        self.expecting = True
        self._unclosed = False
        self._press(key, _LOOK_US, partial(self._settled, key))

    def _settled(self, key: int) -> None:
        """Go on; but if the power failed since the citizen came, press again, to be sure."""
        if not self.office.lit():
            self._later(_AFTER_CUT_US, partial(self._settle, key))
        elif key == _ARRIVED and self._greeted_us < self.office.box.starts[-1]:
            self._greeted_us = self.office.world.now
            self._settle(key)
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.expecting = False
        self.office.look_round()

    def _press(self, key: int, us: int, then: Callable[[], None]) -> None:
        """Press a key, once the display is lit, and do `then` so long after it."""
        if not self.office.lit():
            self._later(SECOND_US, partial(self._press, key, us, then))
            return
        now = self.pressed_us[key] = self.office.world.now
        self.office.box.desk_keys[self.desk - 1][key].press(now, self.hand.hold_us())
        self.office.world.note(f"desk {self.desk} presses {key}")
        self._later(us, then)

    def _later(self, us: int, action: Callable[[], None]) -> None:
        """Do `action` then, unless something else was begun meanwhile."""
        self._serial += 1
        serial = self._serial

        def due() -> None:
            if serial == self._serial:
                action()

        self.office.world.after(us, due)

    def greet(self, citizen: Citizen) -> None:
        """Somebody has come to the desk."""
        if self.serving is not None:
            self.office.world.after(2 * SECOND_US, partial(self.greet, citizen))
            return
        self.expecting = self._unclosed = False
        self.serving = citizen
        self.pressed_us[_ARRIVED] = 0
        self._greeted_us = self.office.world.now
        self._later(self.hand.reaction_us(), self._begin)

    def _begin(self) -> None:
        assert self.serving is not None
        self._press(_ARRIVED, max(self.serving.service_us, 2 * SECOND_US), self._finish)

    def rung(self, citizen: Citizen) -> None:
        """A pager rings at this desk: its arrival was marked too shortly before a power cut."""
        if citizen is self.serving and 0 < self.pressed_us[_ARRIVED] < self.office.box.starts[-1]:
            self._later(self.hand.reaction_us(), self._begin)

    def _finish(self) -> None:
        """Service is over: call the next one if somebody waits, which closes it too."""
        citizen = self.serving
        assert citizen is not None
        self.serving = None
        citizen.done = True
        if self.office.somebody_for(self.desk):
            self._unclosed = True
            self.call()
        else:
            self._settle(_ARRIVED)
