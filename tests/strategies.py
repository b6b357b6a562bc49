"""What several property tests draw from, and how hard they try.

Owns small offices, histories pressed at them, and counts of examples. A history is drawn from a
seed, not by hypothesis: of long lists that varies the same few again and again. What it would do
besides, cut a history that fails down to what matters, `shortest` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import settings

from luot.core.turn import BOUNDED, RULES

USUAL = 100  # hypothesis' own count of examples, which the profile `quick` keeps


def tries(examples: int) -> settings:
    """Try `examples` times under the profile `quick`, and in proportion under any other."""
    return settings(max_examples=max(examples * settings().max_examples // USUAL, 1))


@dataclass(frozen=True)
class Site:
    """An office as the line knows it; `services[i]` is the bit mask of what desk i + 1 serves."""

    services: tuple[int, ...]
    rule: int = BOUNDED
    overtakes_max: int = 3
    calls_max: int = 3
    recall_gap_ms: int = 30_000
    pagers: int = 9
    tickets: int = 9

    @property
    def letters(self) -> tuple[str, ...]:
        """What each desk serves, in letters."""
        return tuple(
            "".join("ABCDEFGH"[i] for i in range(8) if mask >> i & 1) for mask in self.services
        )


SERVICES = 3  # enough for desks that share some services and not others

Command = tuple[str, int, int]  # what, who does it or has it done, and what else
BASICS = (*["issue"] * 6, *["call"] * 5, *["arrived"] * 4, "recall", "absent", "repeat", "copy")
WHATS = (
    *(*["issue"] * 14, *["call"] * 9, *["arrived"] * 8, *["undo"] * 6, "undo_issue", "undo_issue"),
    *("absent", "absent", "absent", "back", "back", "back", "hold", "hold", "resume", "resume"),
    *(*["call_number"] * 4, "transfer", "transfer", *["transfer_desk"] * 4, "cancel", "cancel"),
    *("recall", "recall", *["desk"] * 5, "rating", "pause", "pager", "pager", "evening"),
    *("day_open", "day_close", "repeat", "copy", "wait", "wait", "clock", "save", "restart"),
    *("restart", "boot"),
)
COMMANDS = 60


def draw_site(rng: Random) -> Site:
    """Draw a small office: few services, so that lanes fill; few pagers, so that they end.

    Some have more desks and pagers than one row of a checkpoint holds.
    """
    return Site(
        services=tuple(
            rng.randrange(1, 1 << SERVICES) for _ in range(rng.choice((1, 2, 2, 3, 3, 11)))
        ),
        rule=rng.randrange(len(RULES)),
        overtakes_max=rng.choice((0, 1, 1, 2, 3)),
        calls_max=rng.randint(1, 3),
        recall_gap_ms=rng.choice((0, 30_000)),
        pagers=rng.choice((2, 5, 9, 15, 30)),
        tickets=rng.choice((2, 5, 9, 15, 30)),
    )


def draw_history(rng: Random, whats: tuple[str, ...] = WHATS) -> list[Command]:
    """Draw what is pressed at an office and what else happens there."""
    drawn = rng.choices(whats, k=COMMANDS)
    return [(what, rng.randrange(12), rng.randrange(12)) for what in drawn]


def shortest(history: list[Command], fails: Callable[[list[Command]], bool]) -> list[Command]:
    """Return what is left of a history that fails when nothing more can be taken out of it."""
    for n in (16, 4, 1, 1):
        at = 0
        while at < len(history):
            rest = history[:at] + history[at + n :]
            if fails(rest):
                history = rest
            else:
                at += n
    return history
