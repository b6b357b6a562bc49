"""A push button as it is: a contact that bounces when it closes and when it opens.

Owns when one contact is closed. Must never know what it is wired to, nor what pressing means.
"""

from bisect import bisect_right
from collections.abc import Callable
from random import Random

from sim.chips.clock import Clock

# Within the usual figures for tactile switches (Omron B3F: at most 5 ms).
_MAKE_US, _BREAK_US = 5_000, 3_000
_BOUNCES_MAX = 6
_SPIKE_US = (5, 200)


class Contact:
    """A normally open contact to ground; whether it is closed is a pure function of time.

    `changed()` is called, through the clock, at each moment it closes or opens. Calls must come
    in the order of time. The contact outlives its box: only give it the next box's `clock`.
    """

    def __init__(
        self, clock: Clock, rng: Random, changed: Callable[[], None] = lambda: None
    ) -> None:
        self.clock = clock
        self.changed = changed
        self._rng = rng
        self._edges: list[int] = []  # closes at even places, opens at odd ones
        self._leant: list[tuple[int, int]] = []  # from, until: something else kept it closed

    def press(self, at_us: int, hold_us: int | None = None) -> None:
        """Close at `at_us`, bouncing up to six times within 5 ms; open again after `hold_us`.

        Without `hold_us` it stays down until `release`. ValueError if it is down by then.
        """
        if len(self._edges) % 2:
            raise ValueError("the key is down already")
        window = _MAKE_US if hold_us is None else min(_MAKE_US, hold_us // 2)
        self._move(at_us, window)
        if hold_us is not None:
            self.release(at_us + hold_us)

    def release(self, at_us: int) -> None:
        """Open at `at_us`, bouncing up to six times within 3 ms; ValueError if it is up."""
        if not len(self._edges) % 2:
            raise ValueError("the key is up already")
        self._move(at_us, _BREAK_US)

    def spike(self, at_us: int) -> None:
        """Seem closed for an instant, 5 to 200 us: static, or a knock on the case."""
        if len(self._edges) % 2:
            raise ValueError("the key is down: no spike shows")
        self._edge(at_us)
        self._edge(at_us + self._rng.randint(*_SPIKE_US))

    def lean(self, at_us: int, for_us: int) -> None:
        """Keep it closed from `at_us` on for so long, whatever a finger does: a bag is on it."""
        self._leant.append((at_us, at_us + for_us))
        self.clock.at(at_us, self._tell)
        self.clock.at(at_us + for_us, self._tell)

    def free(self, at_us: int) -> bool:
        """Whether a finger may press it at `at_us`: no other has it, then or later."""
        return not self._edges or (len(self._edges) % 2 == 0 and self._edges[-1] < at_us)

    def down(self, t_us: int) -> bool:
        """Whether it is closed at `t_us`."""
        if bisect_right(self._edges, t_us) % 2:
            return True
        return any(begin <= t_us < end for begin, end in self._leant)

    def level(self) -> int | None:
        """What it does to its net now: 0, or None while open. Fit as a `Wire` source."""
        return 0 if self.down(self.clock.now) else None

    def _move(self, at_us: int, window_us: int) -> None:
        """One change of state at `at_us`, and an even number of changes after it."""
        self._edge(at_us)
        bounces = min(self._rng.randint(0, _BOUNCES_MAX), window_us // 2)
        for offset in sorted(self._rng.sample(range(1, window_us + 1), 2 * bounces)):
            self._edge(at_us + offset)

    def _edge(self, at_us: int) -> None:
        if self._edges and at_us <= self._edges[-1]:
            raise ValueError(f"an edge at {at_us} us, after one at {self._edges[-1]} us")
        self._edges.append(at_us)
        self.clock.at(at_us, self._tell)

    def _tell(self) -> None:
        self.changed()
