"""What the display says, in the language of the office.

Owns how a string table lies in its file: a line `key=text` for each string, where `{n}` and the
like stand for values. RAM is dear, so only an index is kept and a line is read when it is wanted.
Must never know a screen.
"""

from array import array
from binascii import crc32


def _mark(key: bytes) -> int:
    return crc32(key) & 0xFFFF


class Strings:
    """One language's table."""

    def __init__(self, file) -> None:
        """Look strings up in a file such as vi.txt, binary, that stays open."""
        self._file = file
        self._marks = array("H")  # of each line's key
        self._starts = array("H")  # where each line begins
        start = 0
        line = file.readline()
        while line:
            self._marks.append(_mark(line[: max(line.find(b"="), 0)]))
            self._starts.append(start)
            start += len(line)
            line = file.readline()

    def get(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in: get("call.nth", "k", 2, "m", 3).

        Raises ValueError for a key that the table lacks.
        """
        wanted = key.encode() + b"="
        mark = _mark(wanted[:-1])
        for i in range(len(self._marks)):
            if self._marks[i] == mark:
                self._file.seek(self._starts[i])
                line = self._file.readline()
                if line.startswith(wanted):
                    text = line[len(wanted) :].decode().rstrip("\n")
                    for v in range(0, len(values), 2):
                        text = text.replace("{%s}" % values[v], str(values[v + 1]))
                    return text
        raise ValueError("strings: no key " + key)
