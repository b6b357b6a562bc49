"""What a role gets from its box: drivers, files to read and keep, and memory back.

Owns paths, and the letting go of modules. It has no `open` of its own: a PC has other files.
"""


class Board:
    """A board's parts: drivers, `led` (a pin), `rtc`; and whether a key has moved.

    `woken` is set when a key changed while nobody looked; whoever looks clears it.
    """

    def __init__(self, radio, display, keys, battery, led, rtc) -> None:
        """Take the parts."""
        self.radio = radio
        self.display = display
        self.keys = keys
        self.battery = battery
        self.led = led
        self.rtc = rtc
        self.woken = False

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


def forget(modules: dict, names: "list[str]") -> None:
    """Let go of the modules named, and empty the list; `modules` is sys.modules.

    Code is RAM: what is needed at a start or in a menu only is imported by the function that needs
    it, and read from its file again the next time.
    """
    while names:
        name = names.pop()
        if modules.pop(name, None):
            package, stem = name.rsplit(".", 1)
            delattr(modules[package], stem)
