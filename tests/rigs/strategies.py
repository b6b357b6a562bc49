"""What several property tests draw from, and how hard they try.

Owns small offices, histories pressed at them, and counts of examples. Most are drawn from a seed:
test n plays history n, and what hypothesis would do besides, cut one that fails down to what
matters, `shortest` does. `by_hypothesis` draws them as bytes, three for a command: of long lists
hypothesis varies the same few again and again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from luot.core.line.rules import BOUNDED, RULES

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
RARE = 0.7  # of the histories have a stretch that chance would hardly ever bring
STRETCHES = (  # two come back behind the same one; the pager of an absent one is lost or found
    ("issue", "issue", "issue", "call", "absent", "call", "absent", "back", "back"),
    ("issue", "issue", "issue", "call", "absent", "back", "call", "absent", "back"),
    ("issue", "call", "absent", "pager", "issue", "issue"),
)


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


def draw_history(rng: Random, whats: tuple[str, ...] = WHATS, rare: float = 0) -> list[Command]:
    """Draw what is pressed at an office and what else happens there; `rare`: see RARE."""
    drawn = rng.choices(whats, k=COMMANDS)
    history = [(what, rng.randrange(12), rng.randrange(12)) for what in drawn]
    if rare and rng.random() < rare:
        put_stretch(rng, history)
    return history


def put_stretch(rng: Random, history: list[Command]) -> None:
    """Put a stretch into a history, as likely as not before all else."""
    whats = rng.choice(STRETCHES)
    who = {"issue": rng.randrange(12), "call": rng.randrange(12), "pager": rng.randrange(2)}
    kinds = {"issue": rng.randrange(2), "pager": rng.randrange(2)}
    at = rng.choice((0, rng.randrange(len(history) - len(whats))))
    history[at : at + len(whats)] = [
        (what, who.get(what, rng.randrange(11)), kinds.get(what, rng.randrange(11)))
        for what in whats
    ]


def sites(desks: int, most: tuple[int, ...]) -> st.SearchStrategy[Site]:
    """Offices of so many desks at most; `most` is how many pagers or tickets there may be."""
    return st.builds(
        Site,
        services=st.lists(masks, min_size=1, max_size=desks).map(tuple),
        rule=st.integers(0, len(RULES) - 1),
        overtakes_max=st.integers(0, 3),
        calls_max=st.integers(1, 3),
        recall_gap_ms=st.sampled_from((0, 30_000)),
        pagers=st.sampled_from(most),
        tickets=st.sampled_from(most),
    )


masks = st.integers(1, (1 << SERVICES) - 1)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Site, list[Command]]:
    """Offices such as `draw_site` draws, each with a history."""
    drawn = draw(st.binary(min_size=3 * COMMANDS, max_size=3 * COMMANDS))
    history = [
        (WHATS[drawn[n] % len(WHATS)], drawn[n + 1] % 12, drawn[n + 2] % 12)
        for n in range(0, len(drawn), 3)
    ]
    if draw(st.booleans()):
        put_stretch(draw(st.randoms(use_true_random=False)), history)
    return draw(sites(11, (2, 5, 9, 15, 30))), history


def by_hypothesis(count: int) -> list[tuple[Site, list[Command]]]:
    """Return the first so many that hypothesis draws, the same every time."""
    drawn = []

    @settings(
        max_examples=count,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def collect(one: tuple[Site, list[Command]]) -> None:
        drawn.append(one)

    collect()
    return drawn


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
