"""Every screen of the station: plain values in, a drawing out.

Owns where things stand on 128 x 64 pixels; must never know the line, a key or a chip. What is said
the same way always looks the same way: a call is `A012 → 3`, an issue is `B007` with the pager's
number lit like a tag, a refusal is dark on lit. A line of text is two pages high, a number four.

Labels are `A001` to `H9999`, desks 1 to 32, pagers 1 to 999, the battery 0 to 100 %, or
-1: there is none that anybody could see.
"""

from luot.core.display.canvas import PAGES, WIDTH, Canvas
from luot.core.display.strings import Strings
from micropython import const

_HALF = const(4)  # pages
_COLUMNS = const(16)
_BATTERY = const(0x2581)  # five signs, from empty to full
_NO_BATTERY = const(0x2586)
_LONG_MIN = const(480)  # a wait beyond that is not told in minutes


def issued(
    canvas: Canvas, words: Strings, label: str, pager: int, wait_min: int, priority: bool
) -> None:
    """Show the number just issued, the pager to hand out, and the wait (-1: nobody can say)."""
    canvas.clear()
    if wait_min < 0:
        canvas.small(0, 0, words.get("ewt.unknown"))
    elif wait_min >= _LONG_MIN:
        canvas.small(0, 0, words.get("ewt.long"))
    else:
        canvas.small(0, 0, words.get("ewt", "lo", wait_min, "hi", wait_min + 5))
    issue_half(canvas, 2, label, pager)
    _right(canvas, 6, words.get("pager.give", "p", pager))
    if priority:
        canvas.small(0, 6, words.get("prio.short"))
        canvas.panel(0, 16, 6, 2)


def called(
    canvas: Canvas, words: Strings, label: str, desk: int, priority: bool, nth: int, most: int
) -> None:
    """Show the number just called, for the `nth` of at most `most` times, and its desk."""
    canvas.clear()
    again = nth > 1
    title = words.get("call.nth", "k", nth, "m", most) if again else words.get("call.now")
    canvas.small(0, 0, title)
    if priority:
        _badge(canvas, 0, words.get("prio.short" if again else "prio"))
    call_half(canvas, words, 2, label, desk, False)
    _right(canvas, 6, words.get("call.desk", "d", desk))


def restored(canvas: Canvas, words: Strings, label: str, pager: int, title: str) -> None:
    """Show that a power cut is over, and the last number issued before it.

    No label: nobody has it any more; then `title` says whether numbers are issued.
    """
    canvas.clear()
    if label:
        canvas.small(0, 0, words.get("recover"))
        issue_half(canvas, 2, label, pager)
        _right(canvas, 6, words.get("recover.last", "p", pager))
    else:
        _centre(canvas, 2, words.get("recover"))
        _centre(canvas, 4, title)


def ready(canvas: Canvas, title: str, percent: int) -> None:
    """Show that nobody is called, and whether numbers are issued, or why not."""
    canvas.clear()
    _battery(canvas, percent)
    _centre(canvas, 3, title)


def board(
    canvas: Canvas,
    words: Strings,
    calls: tuple[tuple[str, int, bool], ...],
    title: str,
    percent: int,
) -> None:
    """Show up to three calls in their order: (label, desk, priority) each; none: `title`."""
    if not calls:
        ready(canvas, title, percent)
        return
    canvas.clear()
    canvas.small(0, 0, words.get("call.now"))
    _battery(canvas, percent)
    page = 2
    for label, desk, priority in calls:
        canvas.small(0, page, label)
        canvas.small(60, page, "→")
        canvas.small(80, page, "%2d" % desk)
        if priority:
            _badge(canvas, page, words.get("prio.short"))
        page += 2


def waiting(
    canvas: Canvas,
    words: Strings,
    services: tuple[tuple[str, str, int], ...],
    priority: int,
    percent: int,
) -> None:
    """Show how many wait: (letter, name, count) of 1 to 8 services, all, and with priority.

    Up to four services stand in one column with their names, more in two without.
    """
    canvas.clear()
    total = page = x = 0
    named = len(services) <= 4
    width = 94 if named else 40
    for letter, name, count in services:
        number = str(count)
        canvas.small(x, page, letter)
        if named:
            canvas.small(16, page, name[: 9 - len(number)])
        canvas.small(x + width - 8 * len(number), page, number)
        total += count
        page += 2
        if page == PAGES:
            page = 0
            x = 52
    canvas.fill(96, 1, 0, PAGES, 0xFF)
    canvas.small(104, 0, "♟")
    _battery(canvas, percent)
    _right(canvas, 2, str(total))
    if priority:
        _badge(canvas, 4, words.get("prio.short"))
        _right(canvas, 6, str(priority))


def status(
    canvas: Canvas, words: Strings, title: str, percent: int, pagers: int, today: int
) -> None:
    """Show whether numbers are issued, the battery, pagers left, and how many came today."""
    canvas.clear()
    canvas.small(0, 0, title)
    canvas.small(0, 2, words.get("bat.none") if percent < 0 else words.get("bat", "p", percent))
    canvas.small(0, 4, words.get("pager.free", "n", pagers))
    canvas.small(0, 6, words.get("stat.today", "n", today))


def notice(canvas: Canvas, text: str, page: int = 0, pages: int = PAGES) -> None:
    """Refuse or warn, dark on lit, on the whole display or on a half of it."""
    lines = _wrap(text)[: pages // 2]
    sign = 4 if pages - 2 * len(lines) >= 6 else 0  # only where it can breathe
    canvas.fill(0, WIDTH, page, pages)
    top = page + (pages - sign - 2 * len(lines)) // 2
    if sign:
        canvas.big(58, top, "!")
    for line in lines:
        _centre(canvas, top + sign, line)
        top += 2
    canvas.panel(0, WIDTH, page, pages)


def told(canvas: Canvas, title: str, text: str, page: int = 0, pages: int = PAGES) -> None:
    """Say that something was done: to whom, and what."""
    canvas.fill(0, WIDTH, page, pages)
    canvas.small(0, page, title)
    top = page + pages // 2
    for line in _wrap(text)[: pages // 4]:
        _centre(canvas, top, line)
        top += 2


def call_half(
    canvas: Canvas, words: Strings, page: int, label: str, desk: int, priority: bool
) -> None:
    """Draw a called number and the arrow to its desk on the half that begins at a page."""
    canvas.fill(0, WIDTH, page, _HALF)
    canvas.big(0, page, label)
    x = WIDTH + 2 - 16 * len(str(desk))
    canvas.big(x, page, str(desk))
    if priority:
        canvas.small(x - 18, page, words.get("prio.short"))
        canvas.panel(x - 19, 18, page, 2)
        canvas.small(x - 14, page + 2, "→")
    else:
        canvas.big(x - 16, page, "→")


def issue_half(canvas: Canvas, page: int, label: str, pager: int) -> None:
    """Draw an issued number and its pager, lit like a tag, on the half that begins at a page."""
    canvas.fill(0, WIDTH, page, _HALF)
    canvas.big(0, page, label)
    width = 16 * len(str(pager)) + 1
    canvas.big(WIDTH + 2 - width, page, str(pager))
    canvas.panel(WIDTH - width, width, page, _HALF)


def priority_half(canvas: Canvas, words: Strings, page: int, label: str, pager: int) -> None:
    """Draw the same for somebody with priority: a second tag says so, from top to bottom.

    Beside a number of four figures and a pager of three there is no room for it: those are what is
    handed out, so they stay.
    """
    width, end = 16 * len(str(pager)) + 1, WIDTH - 11
    if 16 * len(label) + width > end:
        issue_half(canvas, page, label, pager)
        return
    canvas.fill(0, WIDTH, page, _HALF)
    canvas.big(0, page, label)
    canvas.big(end + 2 - width, page, str(pager))
    canvas.panel(end - width, width, page, _HALF)
    word = words.get("prio.short")
    for row in range(2):
        canvas.small(WIDTH - 9, page + 2 * row, word[row])
    canvas.panel(WIDTH - 10, 10, page, _HALF)


def _right(canvas: Canvas, page: int, text: str) -> None:
    """Write at the end of a line."""
    canvas.small(WIDTH - 8 * len(text), page, text)


def _centre(canvas: Canvas, page: int, text: str) -> None:
    """Write in the middle of a line."""
    canvas.small(WIDTH // 2 - 4 * len(text), page, text)


def _badge(canvas: Canvas, page: int, text: str) -> None:
    """Write a word, lit like a tag, at the end of a line."""
    width = 8 * len(text) + 2
    canvas.small(WIDTH + 1 - width, page, text)
    canvas.panel(WIDTH - width, width, page, 2)


def _battery(canvas: Canvas, percent: int) -> None:
    """Draw how full the battery is in the upper right corner, or that none is seen."""
    _right(canvas, 0, chr(_NO_BATTERY if percent < 0 else _BATTERY + (percent + 12) // 25))


def _wrap(text: str) -> list[str]:
    """Return the text in lines of at most 16 characters, broken at line ends and between words."""
    lines = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = line + " " + word if line else word
            if line and len(longer) > _COLUMNS:
                lines.append(line)
                longer = word
            line = longer[:_COLUMNS]
        lines.append(line)
    return lines
