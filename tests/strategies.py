"""What several property tests draw from, and how hard they try.

Owns the offices, histories and counts of examples that more than one test file uses.
"""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from luot.core.order import BOUNDED, RULES

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


def sites(rules: tuple[int, ...] = tuple(range(len(RULES)))) -> st.SearchStrategy[Site]:
    """Small offices: few services, so that lanes fill; few pagers and places, so that they end.

    Some have more desks and pagers than one row of a checkpoint holds.
    """
    masks = st.integers(1, (1 << SERVICES) - 1)
    few, many = st.lists(masks, min_size=1, max_size=4), st.lists(masks, min_size=9, max_size=12)
    return st.builds(
        Site,
        services=st.one_of(few, few, many).map(tuple),
        rule=st.sampled_from(rules),
        overtakes_max=st.integers(0, 3),
        calls_max=st.integers(1, 3),
        recall_gap_ms=st.sampled_from((0, 30_000)),
        pagers=st.one_of(st.integers(1, 9), st.integers(20, 30)),
        tickets=st.integers(1, 12),
    )


Command = tuple[str, int, int]  # what, where or which, and what else

WHATS = (*["issue"] * 4, *["call"] * 4, *["arrived"] * 3, "recall", "absent", "repeat", "copy")
commands = st.tuples(
    st.sampled_from((*WHATS, "restart")), st.integers(0, 11), st.sampled_from((0, 1))
)
histories = st.integers(1, 80).flatmap(lambda n: st.lists(commands, min_size=n, max_size=n))
losses = st.sets(st.integers(0, 40), max_size=3)
