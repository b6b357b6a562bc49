"""Opening hours: what the clock on the wall would say. It only suggests; it decides nothing.

Owns what follows from a week of hours and the time; how a week is written is `week`.
"""

from micropython import const

_DAY_MIN = const(1440)
_MONDAY_MIN = const(4_320)  # 1 January 1970 was a Thursday: so long since its Monday
_WEEK_MIN = const(10_080)
_MINUTE_MS = const(60_000)

OPEN = const(0)  # as the reasons of an INTAKE record: SPEC.md 2.3
CLOSED = const(1)
LUNCH = const(2)
_FULL = const(3)


def suggest(days: "tuple[tuple[int, ...], ...]", minute: int) -> int:
    """Return OPEN, CLOSED or LUNCH (between two spans) at a minute of the week, Monday 0:00 0."""
    spans = days[minute // _DAY_MIN % 7]
    passed = 0
    for time in spans:
        if minute % _DAY_MIN >= time:
            passed += 1
    if passed % 2:
        return OPEN
    return LUNCH if 0 < passed < len(spans) else CLOSED


class Hours:
    """The opening hours of an office whose box knows the time, or does not."""

    def __init__(self, text: str, wall_s: int) -> None:
        """Take a week, "" for none; `wall_s`: seconds since 1970 at time 0."""
        self._days: tuple[tuple[int, ...], ...] = ()
        if text and wall_s:
            from luot.core.settings.week import parse  # code is RAM: needed at a start only

            self._days = parse(text)
        self._minute = (wall_s // 60 + _MONDAY_MIN) % _WEEK_MIN

    def suggestion(self, now: int, intake: int) -> int:
        """Return what the hours say at `now`, ms; -1: nothing, or as `intake` has it already."""
        if not self._days or intake == _FULL:  # which is for no reason of time
            return -1
        wanted = suggest(self._days, (self._minute + now // _MINUTE_MS) % _WEEK_MIN)
        return wanted if (wanted > 0) != (intake > 0) else -1
