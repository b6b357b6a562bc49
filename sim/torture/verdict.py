"""What a box finds after a power cut, compared with what had been promised.

Owns the figures and the three ways to be wrong: something was lost, something is there that never
was, or the line stands in another order. A misuse of the flash is a finding, too, but in no
figure: nothing need come of it. Must never know where the plug was pulled.
"""

from random import Random

from luot.core.journal.journal import Journal
from luot.pc import story
from sim.torture.plate import Plate
from sim.torture.stretch import KEY, Facts, empty_line, picture

_READ = 60  # one start in so many is read by the reader, too, before and after


def facts(journal: Journal) -> Facts:
    """Return what a journal holds to be true."""
    return Facts(journal.order.ordinal, journal.ring.value, picture(journal.order))


def state(journal: Journal, plate: Plate) -> int:
    """Return a fingerprint of a box and its flash: from the same one the same follows."""
    kept = [*vars(journal).values(), *vars(journal.ring).values()]
    plain = [bytes(one) if isinstance(one, bytearray) else one for one in kept]
    return hash((plate.image(), facts(journal), *(x for x in plain if type(x) in {int, bytes})))


class Verdict:
    """One seed's cuts: how many there were, and what they broke."""

    def __init__(self, sectors: int, seed: int) -> None:
        """Judge rings of `sectors` sectors."""
        self.sectors = sectors
        self.seed = seed
        self.cuts = self.double_cuts = 0  # double: within the start after another cut
        self.lost = self.ghosts = self.reordered = 0
        self.misuses = 0  # a used slot was used again
        self.findings: list[str] = []  # of all four kinds
        self.rng = Random(seed)

    def as_json(self) -> dict[str, int]:
        """The figures, for a report."""
        names = ("cuts", "double_cuts", "lost", "ghosts", "reordered", "seed")
        return {name: getattr(self, name) for name in names}

    def broken(self) -> int:
        """How often a promise was broken: misuses do not count."""
        return self.lost + self.ghosts + self.reordered

    def plate(self) -> Plate:
        """A blank flash, which tells of misuse."""
        rng = Random(self.rng.getrandbits(32))
        return Plate(self.sectors, rng, lambda text: self.found("misuses", text))

    def judged(self, plate: Plate, allowed: list[Facts]) -> Journal | None:
        """Start a journal; None, and a finding, unless it finds one of `allowed`."""
        journal = Journal(plate, empty_line(), KEY)
        read = not self.rng.randrange(_READ)
        try:
            if read and allowed[0].ordinal:  # before that there may be no journal to read
                self._read(plate)
            journal.mount()
            if read:
                self._read(plate)
        except Exception as error:  # whatever a box raises, the line is lost with it
            self.found("lost", repr(error))
            return None
        now = facts(journal)
        if journal.ring.damaged >= 0:
            self.found("lost", f"sector {journal.ring.damaged} is called damaged")
        if now in allowed:
            return journal
        text = f"event {now.ordinal} is the last, not {[one.ordinal for one in allowed]}"
        if now.ordinal < allowed[0].ordinal or journal.order.lost:
            self.found("lost", text)
        elif now.value not in [one.value for one in allowed]:
            self.found("ghosts", text)
        else:
            self.found("reordered", text)
        return None

    def _read(self, plate: Plate) -> None:
        """Have the reader read a journal: a cut is no damage, neither before nor after a start."""
        for line in story.log(plate):
            if line["kind"] == "damage":
                self.found("lost", f"the reader tells of damage: {line}")

    def found(self, kind: str, text: str) -> None:
        """Count a finding of a kind, and say where it was."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.findings.append(f"{kind}, cut {self.cuts}: {text}")
