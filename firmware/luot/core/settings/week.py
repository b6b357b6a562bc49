"""A week of opening hours as it is written in the settings, and a date. Needed at a start only.

Owns the form: seven days from Monday, with commas in between; a day is `-` (closed), or spans such
as `7:30-11:30 13:00-17:00`. And the calendar, which is everybody's: MicroPython's short one
has a 29 February 2100.
"""

from micropython import const

_DAY_MIN = const(1440)
_DAY_S = const(86_400)
_SET = const(2026)  # an earlier year was never set: the box's clock begins at 2000
_END = const(2106)  # in its February the seconds no longer fit the 32 bits of a record
_LEAPS_1970 = const(477)  # leap days before 1970
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)  # each month


def parse(text: str) -> "tuple[tuple[int, ...], ...]":
    """Return for each day the minutes at which it opens and closes, in turn; ValueError."""
    days = tuple([_day(day.strip(" ")) for day in text.split(",")])
    if len(days) != 7:
        raise ValueError("hours: seven days")
    return days


def _digits(text: str) -> bool:
    """Say whether there are digits and nothing else; CPython knows more digits than a box."""
    for character in text:
        if not "0" <= character <= "9":
            return False
    return text != ""


def _day(text: str) -> "tuple[int, ...]":
    if text == "-":
        return ()
    minutes = []
    for span in text.split(" "):
        for time in span.split("-"):
            hour, _, minute = time.partition(":")
            if not _digits(hour) or not _digits(minute) or len(minute) != 2:
                raise ValueError("hours: " + text)
            if int(hour) > 24 or int(minute) > 59:
                raise ValueError("hours: " + text)
            minutes.append(60 * int(hour) + int(minute))
        if len(minutes) % 2:
            raise ValueError("hours: " + text)
    for i in range(1, len(minutes)):
        if minutes[i] <= minutes[i - 1]:
            raise ValueError("hours: " + text)
    if minutes[-1] > _DAY_MIN:
        raise ValueError("hours: " + text)
    return tuple(minutes)


def seconds(date: "tuple[int, ...]") -> int:
    """Return the seconds since 1970 began here, of a date as machine.RTC has it; 0: unknown.

    Unknown is what was never set (before 2026), is no date or no time of day, is not eight whole
    numbers, or would not fit a record (from 2106 on). Never raises: a clock may answer anything.
    """
    try:
        year, month, day, _, hour, minute, second, _ = date
    except (TypeError, ValueError):
        return 0
    for part in date:
        if not isinstance(part, int):
            return 0
    if not _SET <= year < _END or not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
        return 0
    if not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60:
        return 0
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400 - _LEAPS_1970
    if month > 2 and _leap(year):
        leaps += 1
    days = 365 * (year - 1970) + leaps + _DAYS_BEFORE[month - 1] + day - 1
    return days * _DAY_S + 3600 * hour + 60 * minute + second


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2:
        return 29 if _leap(year) else 28
    return 31 - (month - 1) % 7 % 2
