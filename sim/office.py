"""A small office at work: the intake in file order, officers at wired desks, citizens with pagers.

Owns the course of a day between people and one station box. People learn things only as people do:
from the display, from their pager, from who stands before them.
"""

from collections import deque
from collections.abc import Callable
from itertools import pairwise

from luot.core.settings import Settings

from sim.chips.sx127x import Transmission
from sim.people import Citizen, Hand
from sim.reading import Line
from sim.receiver import receive
from sim.unit import Box
from sim.world import SECOND_US, World

_MS = 1_000
_LOOK_US = 900 * _MS  # a person looks up that long after pressing
_LOOKS = 7  # half a second apart, before the clerk presses again
_PATIENCE_US = 31 * SECOND_US  # how long an officer waits before calling again, and again
_AFTER_CUT_US = 20 * SECOND_US  # after a restart the pagers ring again: wait for whom was called


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
        reason = next((key for key in ("pager.none", "full") if office.says(key)), "")
        if reason:
            citizen.refused, citizen.done = reason, True
            office.world.note(f"line {citizen.arrival.line} is refused: {reason}")
            self._next()
            return
        self._looks += 1
        if self._looks >= _LOOKS and office.lit():
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
        self.pressed_us = 0  # when the call key was last pressed
        self.expecting = False  # a call was made and nobody came yet
        self._serial = 0

    @property
    def idle(self) -> bool:
        """Whether this officer has nothing to do."""
        return self.serving is None and not self.expecting

    def press(self, key: int, at_us: int | None = None) -> None:
        """Press one of the desk's keys (call next, recall, absent, arrived)."""
        now = self.office.world.now if at_us is None else at_us
        self.office.box.desk_keys[self.desk - 1][key].press(now, self.hand.hold_us())
        self.office.world.note(f"desk {self.desk} presses {key}")

    def call(self) -> None:
        """Call the next one, after a moment."""
        self.expecting = True
        self._later(self.hand.reaction_us(), self._call)

    def _call(self) -> None:
        self.pressed_us = self.office.world.now
        self.press(0)
        self._later(_LOOK_US, self._glance)

    def _glance(self) -> None:
        """A refusal on the display ends the waiting; a dark display makes it longer."""
        if self.office.says("wait.none", self.desk):
            self.office.nobody_for(self.desk)
            self._give_up()
        elif self.office.lit():
            self._later(_PATIENCE_US - _LOOK_US, self._call_again)
        else:
            self._later(_AFTER_CUT_US, self._give_up)

    def _call_again(self) -> None:
        self.press(1)
        self._later(_PATIENCE_US, self._mark_absent)

    def _mark_absent(self) -> None:
        self.press(2)
        self._later(SECOND_US, self._give_up)

    def _give_up(self) -> None:
        self.expecting = False
        self.office.look_round()

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
            self.office.world.after(2 * SECOND_US, lambda: self.greet(citizen))
            return
        self.expecting = False
        self.serving = citizen
        self._later(self.hand.reaction_us(), self._begin)

    def _begin(self) -> None:
        assert self.serving is not None
        self.press(3)
        self._later(max(self.serving.service_us, 2 * SECOND_US), self._finish)

    def _finish(self) -> None:
        """Service is over: call the next one if somebody waits, which closes it too."""
        citizen = self.serving
        assert citizen is not None
        self.serving = None
        citizen.done = True
        if self.office.somebody_for(self.desk):
            self.call()
        else:
            self._close()

    def _close(self) -> None:
        """Mark the last one as served; a box without power has to be told again."""
        self.expecting = True
        self.press(3)
        self._later(_LOOK_US, self._closed)

    def _closed(self) -> None:
        if self.office.lit():
            self._give_up()
        else:
            self._later(_AFTER_CUT_US, self._close)


class Office:
    """One station, its people, and the day's course."""

    def __init__(
        self,
        world: World,
        box: Box,
        settings: Settings,
        people: list[Citizen],
        display: Callable[[], list[Line]],
        words: Callable[[str], str],
    ) -> None:
        """Take a box, not yet powered; `display()` is what can be read on it, as lines of text."""
        self.world = world
        self.box = box
        self.settings = settings
        self.people = people
        self.display = display
        self.letters = "".join(name[0] for name in settings.services)
        self._words = words
        self.intake = Intake(self, Hand(world.rng("intake")))
        self.officers = [
            Officer(self, desk + 1, Hand(world.rng(f"desk {desk + 1}")))
            for desk in range(len(settings.desks))
        ]
        self._waiting: dict[str, Citizen] = {}  # by number
        self._by_pager: dict[int, Citizen] = {}  # who holds each pager address
        self._to_come = len(people)
        for citizen in people:
            world.at(citizen.arrival.arrive_s * SECOND_US, lambda c=citizen: self._enter(c))

    def closed(self) -> bool:
        """Whether everybody has been dealt with."""
        return (
            not self._to_come
            and not self.intake.busy
            and all(officer.idle for officer in self.officers)
            and not self._waiting
        )

    def lit(self) -> bool:
        """Whether the display shows anything."""
        return bool(self.display())

    def issued(self) -> tuple[str, int]:
        """Return the number and, lit like a tag beside it, the pager that the display shows."""
        lines = self.display()
        for line, tag in pairwise(lines):
            if line.big and tag.big and line.page == tag.page and tag.lit and not line.lit:
                return line.text, int(tag.text)
        return "", 0

    def says(self, key: str, desk: int = 0) -> bool:
        """Whether the display shows this refusal, to desk `desk` if given."""
        text = self._words(key)
        if desk:
            text = self._words("desk").replace("{d}", str(desk)) + " " + text
        return text in " ".join(line.text for line in self.display())

    def seat(self, citizen: Citizen) -> None:
        """Let a person with a number and a pager wait."""
        self._waiting[citizen.label] = citizen
        self._by_pager[self.settings.ric(citizen.pager)] = citizen
        self.world.note(
            f"line {citizen.arrival.line} waits with {citizen.label}, pager {citizen.pager}"
        )
        self.look_round()

    def nobody_for(self, desk: int) -> None:
        """The station says that nobody waits: whoever still does a minute later was passed over."""
        left = [citizen for citizen in self._waiting.values() if self._serves(desk, citizen)]

        def leave() -> None:
            for citizen in left:
                if self._waiting.pop(citizen.label, None):
                    citizen.done = True
                    self.world.note(f"{citizen.label} leaves")

        if left:
            self.world.after(60 * SECOND_US, leave)

    def look_round(self) -> None:
        """Idle officers see who waits and call, as many of them as there are people."""
        for officer in self.officers:
            if officer.idle and self.somebody_for(officer.desk):
                officer.call()

    def somebody_for(self, desk: int) -> bool:
        """Whether somebody waits whom this desk serves and nobody else is about to call."""
        calling = sum(officer.expecting for officer in self.officers)
        for citizen in self._waiting.values():
            if self._serves(desk, citizen):
                calling -= 1
                if calling < 0:
                    return True
        return False

    def hear(self, sent: Transmission) -> None:
        """Pagers receive a transmission; whoever is paged goes to the desk it names."""
        for page in receive(sent, self.settings.polarity == "inverted"):
            citizen = self._by_pager.get(page.ric)
            words = page.text.split()
            if citizen is None or citizen.label != words[0]:
                continue
            if self._waiting.pop(citizen.label, None) and citizen.comes:
                citizen.desk = int(words[-1])
                self.world.after(citizen.walk_us, lambda c=citizen: self._walk_up(c))

    def _serves(self, desk: int, citizen: Citizen) -> bool:
        return self.letters[citizen.service] in self.settings.desks[desk - 1]

    def _enter(self, citizen: Citizen) -> None:
        self._to_come -= 1
        self.intake.arrive(citizen)

    def _walk_up(self, citizen: Citizen) -> None:
        self.world.note(f"{citizen.label} comes to desk {citizen.desk}")
        self.officers[citizen.desk - 1].greet(citizen)
