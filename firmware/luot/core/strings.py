"""What the display says, in the language of the office.

Owns how a string table lies in memory: the text of one file, as bytes, a line `key=text` for each
string, where `{n}` and the like stand for values. A string is made when asked for and forgotten
when drawn. Must never know a screen.
"""


class Strings:
    """One language's table."""

    def __init__(self, table: bytes) -> None:
        """Look strings up in the content of a file such as vi.txt."""
        self.table = table

    def get(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in: get("call.nth", "k", 2, "m", 3).

        Raises ValueError for a key that the table lacks.
        """
        mark = b"\n" + key.encode() + b"="
        start = self.table.find(mark)
        if start < 0:
            raise ValueError("strings: no key " + key)
        start += len(mark)
        text = self.table[start : self.table.find(b"\n", start)].decode()
        for i in range(0, len(values), 2):
            text = text.replace("{%s}" % values[i], str(values[i + 1]))
        return text
