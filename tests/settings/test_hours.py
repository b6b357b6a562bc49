"""Opening hours suggest what the clock on the wall says, and stay silent where nobody knows.

The reference is `datetime` and a table of minutes that a person wrote down.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.settings import hours, week
from luot.core.settings.hours import CLOSED, LUNCH, OPEN, Hours
from tests.faults.seeded import found_by
from tests.rigs.strategies import tries

OFFICE = (
    "7:30-11:30 13:00-17:00, 7:30-11:30 13:00-17:00, 7:30-11:30 13:00-17:00,"
    "7:30-11:30 13:00-17:00, 7:30-11:30 13:00-16:30, -, 7:30-11:00"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6

TABLE = [  # day of the week, time, what is suggested
    (MONDAY, "0:00", CLOSED),
    (MONDAY, "7:29", CLOSED),
    (MONDAY, "7:30", OPEN),
    (MONDAY, "11:29", OPEN),
    (MONDAY, "11:30", LUNCH),
    (MONDAY, "12:59", LUNCH),
    (MONDAY, "13:00", OPEN),
    (MONDAY, "17:00", CLOSED),
    (MONDAY, "23:59", CLOSED),
    (FRIDAY, "16:29", OPEN),
    (FRIDAY, "16:30", CLOSED),
    (SATURDAY, "9:00", CLOSED),
    (SUNDAY, "10:59", OPEN),
    (SUNDAY, "11:00", CLOSED),
]


def minute(time: str) -> int:
    """Minutes since midnight."""
    hour, part = time.split(":")
    return 60 * int(hour) + int(part)


def wall(day: int, time: str) -> int:
    """Seconds since 1970 of such a moment in the week of 2026-11-16, a Monday."""
    moment = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(days=day, minutes=minute(time))
    return int((moment - EPOCH).total_seconds())


@pytest.mark.parametrize(("day", "time", "wanted"), TABLE)
def test_a_week_is_read_as_it_is_written(day: int, time: str, wanted: int) -> None:
    assert hours.suggest(week.parse(OFFICE), 1440 * day + minute(time)) == wanted


def test_it_suggests_as_time_passes() -> None:
    """From Friday at ten on, a weekend long; it knows the time by its own clock alone."""
    made = Hours(OFFICE, wall(FRIDAY, "10:00"))
    told = {}
    for later in range(3 * 1440):
        for intake in (OPEN, CLOSED, LUNCH, 3):
            told[later, intake] = made.suggestion(later * MINUTE_MS, intake)
    assert told[0, OPEN] == told[89, OPEN] == -1, "it is open already"
    assert told[0, LUNCH] == told[0, CLOSED] == OPEN
    assert told[0, 3] == -1, "the hall is full, which no clock knows"
    assert told[90, OPEN] == told[179, OPEN] == LUNCH
    assert told[90, CLOSED] == told[90, 3] == -1, "somebody paused it, for whatever reason"
    assert told[180, LUNCH] == OPEN
    assert told[390, OPEN] == told[1440, OPEN] == told[2 * 1440 - 151, OPEN] == CLOSED
    assert told[2 * 1440 - 150, OPEN] == -1, "Sunday, half past seven"
    assert told[2 * 1440 - 150, CLOSED] == OPEN
    assert told[2 * 1440 + 60, OPEN] == CLOSED, "a half day: no lunch"


@pytest.mark.parametrize(("text", "wall_s"), [("", wall(MONDAY, "9:00")), (OFFICE, 0), ("", 0)])
def test_without_hours_or_a_clock_nothing_is_suggested(text: str, wall_s: int) -> None:
    made = Hours(text, wall_s)
    for later in range(0, 10_080, 30):
        assert made.suggestion(later * MINUTE_MS, OPEN) == -1
        assert made.suggestion(later * MINUTE_MS, CLOSED) == -1


MALFORMED = (
    *("7:30", "7:30-", "-7:30", "7:30-11:30-12:00", "11:30-7:30", "7:30-7:30", "7.30-11.30"),
    *("7:3-11:30", "7:300-11:30", "7:60-11:30", "25:00-26:00", "7:30-24:01", "x-y", "", "--"),
    *("7:30-11:30  13:00-17:00", "7:30-11:30 11:30-17:00", "7:30-11:30 9:00-17:00", "7:-8:00"),
)


@pytest.mark.parametrize("day", MALFORMED)
def test_a_day_that_cannot_be(day: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        week.parse(", ".join([*["-"] * 3, day, *["-"] * 3]))


@pytest.mark.parametrize("days", [0, 1, 6, 8, 14])
def test_a_week_has_seven_days(days: int) -> None:
    with pytest.raises(ValueError, match="hours"):
        week.parse(",".join(["7:30-11:00"] * days))


@tries(100)
@given(st.lists(st.lists(st.integers(0, 1440), max_size=6, unique=True), min_size=7, max_size=7))
def test_any_week_is_read(days: list[list[int]]) -> None:
    spans = [sorted(day[: len(day) // 2 * 2]) for day in days]
    written = [[f"{time // 60}:{time % 60:02d}" for time in day] for day in spans]
    text = ", ".join(
        " ".join(f"{day[i]}-{day[i + 1]}" for i in range(0, len(day), 2)) or "-" for day in written
    )
    assert week.parse(text) == tuple(tuple(day) for day in spans)


def shown(moment: datetime) -> tuple[int, ...]:
    """A date as machine.RTC has it."""
    date = (moment.year, moment.month, moment.day, moment.weekday())
    return (*date, moment.hour, moment.minute, moment.second, 0)


@tries(300)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31)))
def test_a_date_is_counted_as_everybody_counts_it_or_unknown(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    told = int((moment - EPOCH).total_seconds())
    assert week.seconds(shown(moment)) == (told if 2026 <= moment.year < 2106 else 0)


def test_every_day_is_counted() -> None:
    """From 1 January 2026 to the last day of 2105, one after the other, none twice."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range((datetime(2106, 1, 1, tzinfo=UTC) - first).days):
        moment = first + timedelta(days=n)
        assert EPOCH + timedelta(seconds=week.seconds(shown(moment))) == moment
    assert week.seconds((2105, 12, 31, 3, 23, 59, 59, 0)) < 1 << 32


NO_DATES = [
    *((2000, 1, 1, 5, 0, 0, 30, 0), (2025, 12, 31, 2, 23, 59, 59, 0), (2106, 1, 1, 4, 0, 0, 0, 0)),
    *((2107, 1, 1, 5, 0, 0, 0, 0), (9999, 9, 9, 9, 9, 9, 9, 9), (-2026, 1, 1, 0, 0, 0, 0, 0)),
    *((2100, 2, 29, 0, 0, 0, 0, 0), (2027, 2, 29, 0, 0, 0, 0, 0), (2028, 2, 30, 0, 0, 0, 0, 0)),
    *((2026, 4, 31, 0, 0, 0, 0, 0), (2026, 0, 1, 0, 0, 0, 0, 0), (2026, 13, 1, 0, 0, 0, 0, 0)),
    *((2026, 1, 0, 0, 0, 0, 0, 0), (2026, 1, 32, 0, 0, 0, 0, 0), (2026, 1, 1, 0, 24, 0, 0, 0)),
    *((2026, 1, 1, 0, -1, 0, 0, 0), (2026, 1, 1, 0, 0, 60, 0, 0), (2026, 1, 1, 0, 0, -1, 0, 0)),
    *((2026, 1, 1, 0, 0, 0, 60, 0), (2026, 1, 1, 0, 0, 0, 85, 0), (2026, 1, 1, 0, 0, 0, -9, 0)),
    *(
        (),
        (2026,),
        (2026, 1, 1, 0, 0, 0, 0),
        (2026, 1, 1, 0, 0, 0, 0, 0, 0),
        None,
        2026,
        "20260101",
    ),
    *((2026.5, 1, 1, 0, 0, 0, 0, 0), (None,) * 8, ("2026", 1, 1, 0, 0, 0, 0, 0)),
    *((2026, 1, 1, 0, 0, 0, 1.5, 0), (255,) * 8, (165, 165, 165, 165, 165, 85, 165, 0)),
]


@pytest.mark.parametrize("date", NO_DATES)
def test_what_is_no_date_is_unknown(date: Any) -> None:
    assert week.seconds(date) == 0


@tries(300)
@given(st.lists(st.integers(-3, 2200) | st.none() | st.floats(0, 3000), max_size=9))
def test_whatever_a_clock_shows_is_a_time_of_32_bits_or_unknown(date: list[Any]) -> None:
    told = week.seconds(tuple(date))
    assert isinstance(told, int)
    assert told == 0 or 1_767_225_600 <= told < 1 << 32


def what_is_no_date() -> None:
    for date in NO_DATES:
        test_what_is_no_date_is_unknown(date)


def all_of_the_table() -> None:
    for row in TABLE:
        test_a_week_is_read_as_it_is_written(*row)


def all_malformed() -> None:
    for day in MALFORMED:
        test_a_day_that_cannot_be(day)


FAULTS = {
    "a day later": (
        "_MONDAY_MIN = const(4_320)",
        "_MONDAY_MIN = const(5_760)",
        test_it_suggests_as_time_passes,
    ),
    "no lunch": ("return LUNCH if 0 <", "return CLOSED if 0 <", test_it_suggests_as_time_passes),
    "lunch after work": (
        "0 < passed < len(spans)",
        "0 < passed",
        test_it_suggests_as_time_passes,
    ),
    "a minute late": (">= time:", "> time:", all_of_the_table),
    "it nags": ("(wanted > 0) != (intake > 0)", "1", test_it_suggests_as_time_passes),
    "the first Thursday": (
        "if text and wall_s:",
        "if text:",
        lambda: test_without_hours_or_a_clock_nothing_is_suggested(OFFICE, 0),
    ),
    "from night to morning": ("minutes[i] <= minutes[i - 1]", "False", all_malformed),
    "25 hours": ("minutes[-1] > _DAY_MIN", "False", all_malformed),
    "an end is missing": ("if len(minutes) % 2:", "if 0:", all_malformed),
    "five days": ("if len(days) != 7:", "if 0:", lambda: test_a_week_has_seven_days(6)),
    "no leap day": ("        leaps += 1\n", "        pass\n", test_every_day_is_counted),
    "2100 is a leap year": (
        " and (year % 100 != 0 or year % 400 == 0)",
        "",
        test_every_day_is_counted,
    ),
    "centuries are leap years": ("before // 100 +", "0 +", test_every_day_is_counted),
    "29 February 2100": ("29 if _leap(year) else 28", "29", what_is_no_date),
    "never set": ("not _SET <= year < _END", "not year < _END", what_is_no_date),
    "beyond 32 bits": ("_SET <= year < _END", "_SET <= year", what_is_no_date),
    "months of 31 days": ("31 - (month - 1) % 7 % 2", "31", what_is_no_date),
    "24 o'clock": ("0 <= hour < 24", "0 <= hour < 25", what_is_no_date),
    "leap seconds": ("0 <= second < 60", "0 <= second < 61", what_is_no_date),
    "half years": ("if not isinstance(part, int):", "if 0:", what_is_no_date),
    "short tuples": ("except (TypeError, ValueError)", "except TypeError", what_is_no_date),
}


test_a_broken_promise_is_found = found_by((hours, week), FAULTS)
