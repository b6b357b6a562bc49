"""The string table is read from its file a line at a time; only an index of it is kept."""

from io import BytesIO

import pytest

from luot.core.display import strings
from luot.core.display.strings import Strings
from tests.faults.seeded import found_by

TABLE = "; comment\na=x\nab=y={n}\na.b={k}/{m} {k}\nvi=Đã gọi đủ {m} lần\nlast=end"


class Watched(BytesIO):
    """A file that counts what is read of it."""

    read_bytes = 0

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        self.read_bytes += len(line)
        return line


def words(text: str = TABLE) -> Strings:
    """A table of such a text."""
    return Strings(BytesIO(text.encode()))


def test_each_key_has_its_line() -> None:
    table = words()
    assert table.get("a") == "x"
    assert table.get("ab", "n", 12) == "y=12"
    assert table.get("a.b", "k", 1, "m", "z") == "1/z 1"
    assert table.get("vi", "m", 3) == "Đã gọi đủ 3 lần"
    assert table.get("last") == "end", "without an end of line, too"


def test_what_is_not_given_stays() -> None:
    assert words().get("ab") == "y={n}"


@pytest.mark.parametrize("key", ["", "b", "a.", "ab=y", "; comment", "vi=Đã gọi đủ {m} lần"])
def test_a_key_that_is_not_there_is_our_own_bug(key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        words().get(key)


def two_of_one_mark() -> tuple[str, str]:
    """Two keys that the index cannot tell apart."""
    met: dict[int, str] = {}
    number = 0
    while True:
        key = f"k{number}"
        mark = strings._mark(key.encode())
        if mark in met:
            return met[mark], key
        met[mark] = key
        number += 1


def test_keys_of_one_mark_are_told_apart() -> None:
    one, other = two_of_one_mark()
    table = words(f"{one}=1\n{other}=2\n")
    assert (table.get(one), table.get(other)) == ("1", "2")


def test_one_line_is_read_for_one_string() -> None:
    """RAM is dear, and so is time: the table is not read through for each word."""
    file = Watched(TABLE.encode())
    table = Strings(file)
    file.read_bytes = 0
    table.get("vi", "m", 1)
    assert file.read_bytes == len("vi=Đã gọi đủ {m} lần\n".encode())


FAULTS = {
    "the line after": (
        "self._starts.append(start)",
        "self._starts.append(start + 1)",
        test_each_key_has_its_line,
    ),
    "the first value alone": (
        "range(0, len(values), 2)",
        "range(0, 2, 2)",
        test_each_key_has_its_line,
    ),
    "the first of a mark": (
        "if line.startswith(wanted):",
        "if line:",
        test_keys_of_one_mark_are_told_apart,
    ),
    "all is read": (
        "if self._marks[i] == mark:",
        "if True:",
        test_one_line_is_read_for_one_string,
    ),
}


test_a_broken_promise_is_found = found_by((strings,), FAULTS)
