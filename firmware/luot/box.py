"""What a role gets from its box besides drivers: files to read and keep, and memory back.

Owns paths, and the letting go of modules. It has no `open` of its own: a PC has other files.
"""


class Files:
    """A box's file system."""

    def __init__(self, files, os) -> None:
        """Take what opens files by name and mode, and MicroPython's `os`."""
        self._open = files
        self._os = os

    def data(self, name: str) -> object:
        """Open a file that is shipped with the code, for reading."""
        return self._open("/lib/luot/" + name, "rb")

    def replace(self, name: str, content: bytes) -> None:
        """Keep a small file, or leave the one of that name as it was: littlefs renames at once."""
        with self._open("/new", "wb") as new:
            new.write(content)
        self._os.rename("/new", "/" + name)


def forget(modules: dict, names: "list[str]") -> None:
    """Let go of the modules of core named, and empty the list; `modules` is sys.modules.

    Code is RAM: what is needed at a start or in a menu only is imported by the function that needs
    it, and read from its file again the next time.
    """
    core = "luot.core"
    while names:
        name = names.pop()
        if modules.pop(core + "." + name, None):
            delattr(modules[core], name)
