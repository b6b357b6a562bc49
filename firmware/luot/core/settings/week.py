"""A week of opening hours as it is written in the settings, and a date. Needed at a start only.

Owns the form: seven days from Monday, with commas in between; a day is `-` (closed), or spans such
as `7:30-11:30 13:00-17:00`. And the calendar.
"""

from micropython import const

_DAY_MIN = const(1440)
_DAY_S = const(86_400)
_SET = const(2026)  # an earlier year was never set: the box's clock begins at 2000
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)  # each month


def parse(text: str) -> "tuple[tuple[int, ...], ...]":
    """Return for each day the minutes at which it opens and closes, in turn; ValueError."""
    days = tuple([_day(day.strip()) for day in text.split(",")])
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
    """Return the seconds since 1970 began here, of a date as machine.RTC has it; 0: never set."""
    year, month, day, _, hour, minute, second, _ = date
    if year < _SET:
        return 0
    leaps = (year - 1969) // 4  # 2000 was a leap year, too
    if year % 4 == 0 and month > 2:
        leaps += 1
    days = 365 * (year - 1970) + leaps + _DAYS_BEFORE[month - 1] + day - 1
    return days * _DAY_S + 3600 * hour + 60 * minute + second
