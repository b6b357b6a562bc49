"""What a role gets from its box: drivers, files to read and keep, and memory back.

Owns paths, and which modules stay loaded. It has no `open` of its own: a PC has other files.
"""


# Not in board.py: an object keeps its module's names loaded, and pin maps are of a start only.
class Board:
    """A board's parts: drivers, `led` (a pin), `rtc`; and whether a key has moved.

    `pocsag(bit_rate, inverted)` makes the table that the radio's `configure` takes for pages.
    `woken` is set when a key changed while nobody looked; whoever looks clears it.
    """

    def __init__(self, radio, pocsag, display, keys, battery, led, rtc) -> None:
        self.radio = radio
        self.pocsag = pocsag
        self.display = display
        self.keys = keys
        self.battery = battery
        self.led = led
        self.rtc = rtc
        self.woken = False

    def date(self) -> "tuple[int, ...]":
        """Return what the clock shows, as machine.RTC has it; nothing if it does not answer."""
        try:
            return self.rtc.datetime()
        except OSError:
            return ()

    def wake(self, pin) -> None:
        """An interrupt: a key has moved."""
        self.woken = True


class Files:
    """A box's file system."""

    def __init__(self, files, os) -> None:
        """Take what opens files by name and mode, and MicroPython's `os`."""
        self._open = files
        self._os = os

    def data(self, name: str) -> object:
        """Open a file that is shipped with the code, for reading."""
        return self._open("/lib/luot/" + name, "rb")

    def begins(self, name: str, content: bytes) -> bool:
        """Say whether a small file was kept that begins so."""
        try:
            with self._open("/" + name, "rb") as kept:
                return kept.read(len(content)) == content
        except OSError:
            return False

    def replace(self, name: str, content: bytes) -> None:
        """Keep a small file, or leave the one of that name as it was: littlefs renames at once."""
        with self._open("/new", "wb") as new:
            new.write(content)
        self._os.rename("/new", "/" + name)


class Code:
    """The modules of `luot` that are loaded. Code is RAM, so only some of them stay.

    Resident is what is loaded when this is made. Whatever else a start, a menu or a rare command
    needs is imported by the function that needs it, and read from its file again the next time.
    """

    def __init__(self, loaded: dict) -> None:
        """Take `sys.modules`."""
        self._modules = loaded
        self._resident = set(loaded)
        self._count = len(loaded)  # while it is the same, nothing was loaded since

    def drop(self) -> None:
        """Let go of all that is not resident; what an object runs on stays with that object."""
        modules = self._modules
        if len(modules) == self._count:
            return
        rare = []  # a comprehension would allocate in each turn, for what it captures
        for name in modules:
            if name.startswith("luot.") and name not in self._resident:
                rare.append(name)
        for name in rare:
            del modules[name]
            package, stem = name.rsplit(".", 1)
            if package in modules:
                delattr(modules[package], stem)
        self._count = len(modules)
