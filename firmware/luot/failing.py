"""What is said of a start that failed, or of a fault of our own, and when the next start is.

Owns the pauses between starts, and words for what no station lived to say. Imported then only, and
written so that it needs little: what is missing for the display is not shown there.
"""

from luot.box import Files
from micropython import const

_FIRST_MS = const(3_000)
_MOST_MS = const(60_000)
_STEPS = const(5)  # times that a pause doubles
_LONG_MS = const(600_000)  # whoever ran for so long had started
_MARK = const(0x4C)  # of what we keep in the clock's memory
_ENOENT = const(2)


def start_later(machine, time, files, error: Exception) -> None:
    """Tell of an error, wait, and start the box anew; `time` is MicroPython's module, too."""
    time.sleep_ms(tell(machine, files, error, time.ticks_ms()))
    machine.reset()


def tell(machine, files, error: Exception, ran_ms: int) -> int:
    """Show an error if that can be; return how long to wait until the next start, ms.

    `machine` is MicroPython's module, `files` opens one by name and mode; `ran_ms`: how long ago
    this start was.
    """
    try:
        show(machine, files, error)
    except Exception:  # whatever it is: the next start may not hang on being able to say why
        pass  # the display, or its files, may be what is missing; the cable has been told
    return pause_ms(machine.RTC(), ran_ms)


def pause_ms(rtc, ran_ms: int) -> int:
    """Count a failure, and return how long to wait: 3 s, each time twice as long, at most 60 s.

    What the box ran for counts, but for the first 3 s. The count is in the clock's memory, which
    a reset leaves alone and a power cut does not; if it cannot be kept, the pause is the longest.
    """
    try:
        kept = rtc.memory()
        failures = kept[1] if len(kept) == 2 and kept[0] == _MARK else 0
        if ran_ms > _LONG_MS:
            failures = 0
        rtc.memory(bytes((_MARK, min(failures + 1, _STEPS))))
    except (AttributeError, OSError):  # not every MicroPython keeps it
        failures = _STEPS
    return max(min(_FIRST_MS << min(failures, _STEPS), _MOST_MS) - ran_ms, _FIRST_MS)


def show(machine, files, error: Exception) -> None:
    """Say on the display what stopped the box; raises whatever is wrong with that."""
    from luot import board
    from luot.core.display import screens
    from luot.core.display.canvas import Canvas
    from luot.core.display.strings import Strings
    from luot.core.settings import schema

    settings = schema.read(files, "/settings.txt")
    display = board.display(machine, settings.board)
    shipped = Files(files, None)
    canvas = Canvas(display.buffer, shipped.data("font.bin"))
    try:
        text = Strings(shipped.data(settings.language + ".txt")).get(word(error)) + "\n"
    except (OSError, ValueError):
        text = ""
    screens.notice(canvas, text + detail(error))
    display.show()


def word(error: Exception) -> str:
    """Return the key of the string table that says what kind of thing is wrong."""
    named = getattr(error, "word", "")
    if named:
        return named
    if isinstance(error, MemoryError):
        return "start.memory"
    if isinstance(error, ImportError) or (isinstance(error, OSError) and _ENOENT in error.args):
        return "start.files"
    return "start.failed"


def detail(error: Exception) -> str:
    """Return what is known of it, for whoever is asked on the telephone."""
    text = str(error)
    if getattr(error, "word", ""):
        return text
    name = type(error).__name__
    return name + ": " + text if text else name
