"""What the menu says: the officer's place in it as up to four lines of sixteen characters.

Owns which values go into which line; where the lines stand is `screens`, what is chosen is `menu`.
The first two lines are all that is seen while somebody else has news.
"""

from luot.core.display.canvas import PAGES, WIDTH, Canvas
from luot.core.display.strings import Strings
from luot.core.keys import menu
from luot.core.keys.menu import Menu
from luot.core.limits import SERVICES
from luot.core.line.order import TO_DESK
from luot.core.line.tally import Tally
from luot.core.line.ticket import PRIORITY, label
from luot.core.settings.settings import Settings


def lines(shown: Menu, words: Strings, settings: Settings) -> "list[str]":
    """Return what stands on the display."""
    title = words.get(shown.word)
    desk = words.get("desk", "d", shown.desk)
    legend = words.get("menu.keys")
    if shown.choices is None and not shown.confirming:
        return [title, desk, "", legend]
    if shown.source == menu.FIGURES:
        return _figures(shown, words, settings)
    value = _value(shown, words, settings)
    if shown.confirming:
        again, warning = words.get("confirm"), _warning(shown, words)
        told = [warning, again] if warning else [again, ""]
        if not value or shown.source == menu.DAY:
            return [title, told[0], told[1], ""]
        return [value, told[0], title, told[1]]
    return [title, value or words.get("none"), "", legend]


def draw(canvas: Canvas, lines: "list[str]", page: int = 0) -> None:
    """Show an officer's place in the menu: four lines, or the first two on the lower half."""
    canvas.fill(0, WIDTH, page, PAGES - page)
    top = page
    for line in lines[: (PAGES - page) // 2]:
        canvas.small(0, top, line)
        top += 2
    canvas.panel(0, WIDTH, page, 2)


def _value(shown: Menu, words: Strings, settings: Settings) -> str:
    """Name what is chosen now, "" for nothing."""
    if not shown.choices:
        return ""
    choice = shown.choice
    if choice >= menu.OUT:
        return words.get("pager.out", "p", choice - menu.OUT)
    if shown.source == menu.TARGETS:
        if choice > TO_DESK:
            return words.get("desk", "d", choice - TO_DESK)
        return settings.services[choice]
    if shown.source == menu.REASONS:
        return words.get("intake.%d" % choice)
    order = shown.order
    slot = order.holder(choice) if shown.source == menu.PAGERS else order.find(choice)
    name = ""
    if slot:
        name = label(settings.letter(order.series(slot)), order.number[slot])
    if shown.source == menu.PAGERS:
        return words.get("pager", "p", choice) + " " + name
    if slot and order.lane[slot] & PRIORITY:
        name += " " + words.get("prio.short")
    if slot and order.pager[slot]:
        name += " " + words.get("pager", "p", order.pager[slot])
    return name


def _warning(shown: Menu, words: Strings) -> str:
    """Say what a choice to be confirmed brings with it."""
    order = shown.order
    if shown.word == "call.number":
        services, slot = order.services[shown.desk - 1], order.find(shown.choice)
        passed = 0
        for priority in (0, PRIORITY):
            passed += order.overtake(shown.desk, services, slot, 0, priority)[0]
        return words.get("passes", "n", passed)
    if shown.source == menu.DAY and order.alive:
        return words.get("day.cancel", "n", order.alive)
    return ""


def _figures(shown: Menu, words: Strings, settings: Settings) -> "list[str]":
    """Show a row of the day's figures, or the day as a whole."""
    tally, row = shown.order.tally, shown.choice
    if row == menu.THE_DAY:
        title = words.get("stat.today", "n", shown.order.arrivals)
        if tally.untimed:
            title = words.get("stat.untimed", "n", tally.untimed)
        return _sums(title, tally, range(SERVICES), words)
    if row > menu.RATINGS:
        desk = row - menu.RATINGS
        good, fair, bad = tally.ratings[3 * desk - 3 : 3 * desk]
        rating = words.get("stat.rating", "a", good, "b", fair, "c", bad)
        return [words.get("desk", "d", desk), rating, "", ""]
    if row < SERVICES:
        title = settings.services[row]
    else:
        title = words.get("desk", "d", row - SERVICES + 1)
    return _sums(title, tally, range(row, row + 1), words)


def _sums(title: str, tally: Tally, rows: range, words: Strings) -> "list[str]":
    """Return the figures of some rows together: how many came, waited, and how long it took."""
    served = absent = waits = wait_s = worst = services = service_s = 0
    for row in rows:
        served += tally.served[row]
        absent += tally.absent[row]
        waits += tally.waits[row]
        wait_s += tally.wait_s[row]
        worst = max(worst, tally.worst[row])
        services += tally.services[row]
        service_s += tally.service_s[row]
    return [
        title,
        words.get("stat.done", "n", served, "a", absent),
        words.get("stat.wait", "m", _minutes(wait_s, waits), "w", worst // 60),
        words.get("stat.serve", "m", _minutes(service_s, services)),
    ]


def _minutes(seconds: int, count: int) -> int:
    """Return a mean, rounded to whole minutes."""
    return (seconds + 30 * count) // (60 * count) if count else 0
