"""A box's own clock: whatever the box does takes time, and the plug may be pulled within it.

Owns one box's idea of the present and the instant its power fails.
Must never know what spends the time, nor what happens to the box after a cut.
"""

from collections.abc import Callable


class PowerCut(BaseException):
    """The plug was pulled. Passes through `except Exception`, as no program survives it."""


class Clock:
    """Time of one box, microseconds since midnight of the simulated day.

    `cut_us` is the instant the plug is pulled, None for never; whoever restarts the box sets it
    anew. Until then every further `spend` raises too: `finally` blocks do no work without power.
    """

    __slots__ = ("now", "cut_us", "_schedule")

    def __init__(
        self,
        now: int = 0,
        schedule: Callable[[int, Callable[[], None]], None] | None = None,
    ) -> None:
        self.now = now
        self.cut_us: int | None = None
        self._schedule = schedule

    def spend(self, us: int) -> None:
        """Let `us` (>= 0) pass; raises PowerCut, at `cut_us`, if that reaches the cut."""
        end = self.now + us
        cut = self.cut_us
        if cut is not None and end >= cut:
            if self.now < cut:
                self.now = cut
            raise PowerCut
        self.now = end

    def left(self, us: int) -> int:
        """How many of the next `us` microseconds pass before the cut: 0..us."""
        cut = self.cut_us
        if cut is None or self.now + us <= cut:
            return us
        return max(0, cut - self.now)

    def at(self, us: int, action: Callable[[], None]) -> None:
        """Have the world call `action` at time `us`; RuntimeError if no world was handed in.

        A box that slept until then finds its clock brought up to `us`; one that was busy past it
        stays ahead, as a program sees what happened meanwhile only when it looks again.
        """
        if self._schedule is None:
            raise RuntimeError("this clock was made without a world to schedule on")

        def due() -> None:
            if self.now < us:
                self.now = us
            action()

        self._schedule(us, due)
