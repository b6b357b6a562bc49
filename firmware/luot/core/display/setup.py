"""Which settings are in force, on the display. Needed at a start only, so no part of `screens`."""

from luot.core.display.canvas import WIDTH, Canvas
from luot.core.display.strings import Strings
from luot.core.settings.settings import Settings


def draw(canvas: Canvas, words: Strings, settings: Settings) -> None:
    """Show the carrier in MHz, services and desks, pagers and bit rate, the first address."""
    letters = "".join([name[0] for name in settings.services])
    kilohertz = settings.frequency_hz // 1000
    megahertz = "%d.%03d" % (kilohertz // 1000, kilohertz % 1000)
    canvas.clear()
    canvas.small(0, 0, words.get("setup", "f", megahertz))
    canvas.panel(0, WIDTH, 0, 2)
    canvas.small(0, 2, words.get("setup.desks", "s", letters, "d", len(settings.desks)))
    canvas.small(0, 4, words.get("setup.pagers", "p", settings.pagers, "b", settings.pocsag_bps))
    canvas.small(0, 6, words.get("setup.ric", "r", settings.ric_first))
