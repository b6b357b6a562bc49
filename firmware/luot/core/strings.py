"""What the display says, in the language of the office.

Owns how a string table lies in its file: a line `key=text` for each string, where `{n}` and the
like stand for values. The file is read when a string is wanted and forgotten when it is drawn, as
RAM is dearer than time. Must never know a screen.
"""


class Strings:
    """One language's table."""

    def __init__(self, file) -> None:
        """Look strings up in a file such as vi.txt, binary, that stays open."""
        self._file = file

    def get(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in: get("call.nth", "k", 2, "m", 3).

        Raises ValueError for a key that the table lacks.
        """
        self._file.seek(0)
        table = self._file.read()
        mark = b"\n" + key.encode() + b"="
        start = table.find(mark)
        if start < 0:
            raise ValueError("strings: no key " + key)
        start += len(mark)
        text = table[start : table.find(b"\n", start)].decode()
        for i in range(0, len(values), 2):
            text = text.replace("{%s}" % values[i], str(values[i + 1]))
        return text
