"""How settings are written: one dialect on both interpreters, and a file that is whole."""

import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.display.canvas import Face
from luot.core.settings import notation, schema
from luot.core.settings.notation import SettingsError
from luot.core.settings.settings import Settings
from luot.pc.advice import advise
from sim import ROOT, site
from sim.vm import image
from sim.vm.micropython import MicroPython
from tests.faults.seeded import found_by
from tests.rigs.strategies import tries
from tests.rigs.vm import Bench

WEEK = "7:30-11:30 13:00-17:00, -, -, -, -, -, 8:00-8:01"
OFFICE = """\
# Phường Lê Lợi
services = ["A Hộ tịch", 'B Chứng thực', "C"]  # "three"
desks = ABC, AB, C
ric_first = 1600
pagers = 60
language = "en"
hours = 7:30-11:30 13:00-17:00, -, -, -, -, -, 8:00-8:01
secret = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
end = 7
"""


def read(data: bytes) -> Settings:
    """What a box makes of such a file."""
    return schema.read(lambda name, mode: BytesIO(data), "/settings.txt")


def refused(text: str) -> SettingsError:
    """The error that a file must make."""
    with pytest.raises(SettingsError) as caught:
        Settings(notation.parse(text.encode()))
    assert read(text.encode()).wrong == str(caught.value)
    assert "\n" not in advise(caught.value)
    assert ";" in advise(caught.value), "what is wrong; what to do"
    return caught.value


# -- lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"k=v", "v"),
        (b" \t k\t = \tv \t", "v"),
        (b"k = v # comment", "v"),
        (b"k = v# \xff\x00\xe2\x80\xa8", "v"),
        ("k = A Thuế = phí, B".encode(), "A Thuế = phí, B"),
        (b'k = "v" \t# c', "v"),
        (b'k = "v # c"', "v # c"),
        (b"k = 'v # c'#", "v # c"),
        (b'k = "it\'s"', "it's"),
        (b"k = it's", "it's"),
        (b"k =", ""),
        (b'k = ""', ""),
        (b"k = []", ""),
        (b"k = [ \"a\" , 'b # ]',]# c", "a,b # ]"),
    ],
)
def test_a_line_is_read(line: bytes, value: str) -> None:
    assert notation.pair(line) == ("k", value)


@pytest.mark.parametrize("line", [b"", b" \t", b"#", b" # k = \xff \x00", b"# k = v = w"])
def test_a_line_that_says_nothing(line: bytes) -> None:
    assert notation.pair(line) is None


@pytest.mark.parametrize(
    "line",
    [
        *('k = "v', "k = 'v", 'k = "v" w', 'k = ["v"', 'k = ["v" "w"]', 'k = ["v"] w', "k = [v]"),
        *('k = [["v"]]', "k = [", 'k = [,"v"]', 'k = """v"""', 'k = "v"=', 'k = ["a", 1]'),
    ],
)
def test_quotes_and_brackets_close_and_end_a_line(line: str) -> None:
    error = refused(line + "\nend = 1\n")
    assert (error.key, error.cause) == ("k", notation.QUOTES)
    assert "do not close, or something after" in advise(error)


def test_an_item_with_a_comma_does_not_become_two() -> None:
    error = refused('services = ["A x, B y"]\nend = 1\n')
    assert (error.value, error.cause) == ("A x, B y", notation.COMMA)


def test_files_come_with_marks_and_line_ends_of_all_kinds() -> None:
    made = vars(read(OFFICE.encode()))
    assert made["services"] == ("A Hộ tịch", "B Chứng thực", "C")
    for text in (OFFICE.replace("\n", "\r\n"), "\ufeff" + OFFICE, OFFICE.replace("=", "\t=\t")):
        assert vars(read(text.encode())) == made
    bad = OFFICE.replace("pagers", "\ufeffpagers")
    assert (refused(bad).cause, refused(bad).value) == (notation.LETTER, "U+FEFF")


def test_a_key_is_there_once() -> None:
    error = refused("pagers = 4\nrule = fifo\npagers = 4\nend = 3\n")
    assert (error.key, error.cause) == ("pagers", notation.TWICE)


# -- letters ----------------------------------------------------------------------------------

BLANKS = "\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u200b\u2028\u2029\u202f\u205f\u3000"


@pytest.mark.parametrize("blank", [*BLANKS, "\0", "\r", "\x7f"], ids=ascii)
@pytest.mark.parametrize(
    "text", ["pagers ={}50", "pagers{}= 50", "{}pagers = 50", "pagers = 50{}"]
)
def test_nothing_else_is_a_blank(text: str, blank: str) -> None:
    error = refused(text.replace("{}", " " + blank + " ") + "\nend = 1\n")
    assert (error.cause, error.value) == (notation.LETTER, f"U+{ord(blank):04X}")
    assert "blank" in advise(error) or "space" in advise(error) or "control" in advise(error)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xff", "byte FF"),
        (b"\x80", "byte 80"),
        (b"\xc0\x80", "byte C0"),
        (b"\xc1\x81", "byte C1"),
        (b"\xc3", "byte C3"),
        (b"\xc3A", "byte C3"),
        (b"\xe1\xba", "byte E1"),
        (b"\xe1\xba\xff", "byte E1"),
        (b"\xe0\x83\x80", "byte E0"),
        (b"\xed\xa0\x80", "U+D800"),
        (b"\xf0\x81\xba\xa0", "byte F0"),
        (b"\xf0\x9f\x98\x80", "U+1F600"),
        (b"\xf5\x80\x80\x80", "byte F5"),
        (b"\\", "\\"),
        (b'"', '"'),
        ("Ü".encode(), "U+00DC"),
        ("□".encode(), "U+25A1"),
        ("→".encode(), "U+2192"),
        ("ộ".encode("utf-16-le"), "byte D9"),
    ],
)
def test_another_letter_is_named(data: bytes, named: str) -> None:
    made = read(b"services = A x" + data + b"y\nend = 1\n")
    assert (made.word, made.wrong) == ("settings.bad", "services: " + named)


@pytest.mark.parametrize("data", [b"\xc3", b"\xe1\xba", b"\xe1", b"\xf0\x81\xba"])
def test_half_a_letter_is_none(data: bytes) -> None:
    with pytest.raises(SettingsError, match=f"byte {data[0]:02X}"):
        notation.legible("k", data)


def test_letters_are_those_of_the_font() -> None:
    """But for its signs, and for what writes strings; each is one code point in composed form."""
    face = Face(BytesIO((ROOT / "firmware/luot/font.bin").read_bytes()), 0)
    drawn = set()
    for at in range(0, len(face.ranges), 3):
        first = face.ranges[at] << 8 | face.ranges[at + 1]
        drawn |= set(range(first, first + face.ranges[at + 2]))
    for code in [*range(0xD800), *range(0xE000, 0x11000)]:
        letter = chr(code)
        if code in drawn and code < 0x2000 and letter not in '"\\':
            assert notation.legible("k", letter.encode()) == letter
            assert unicodedata.normalize("NFC", letter) == letter
            assert not unicodedata.combining(letter)
            continue
        with pytest.raises(SettingsError):
            notation.legible("k", letter.encode())


@pytest.mark.parametrize("name", ["Hộ tịch", "Địa chính", "Ủy quyền", "Bảo hiểm"])
def test_marks_apart_from_their_letters_are_refused(name: str) -> None:
    """As macOS and some editors write them; the display would show boxes."""
    assert read(f"services = A {name}\nend = 1".encode()).services == (f"A {name}",)
    for form in ("NFD", "NFKD"):
        apart = unicodedata.normalize(form, name)
        error = refused(f"services = A {apart}\nend = 1\n")
        mark = next(c for c in apart if unicodedata.combining(c))
        assert (error.cause, error.value) == (notation.LETTER, f"U+{ord(mark):04X}")
        assert "composed" in advise(error)


@pytest.mark.parametrize("text", ["٥", "５", "1٥"])
def test_digits_of_other_scripts_are_named(text: str) -> None:
    assert "digit of another script; write 0 to 9" in advise(refused(f"pagers = {text}\nend = 1"))


@pytest.mark.parametrize("key", ["hours", "desks", "services", "secret", "rule", "pagers"])
def test_a_tool_refuses_what_a_box_would(key: str) -> None:
    """From TOML come texts that no line of a box's file could have."""
    good = {"hours": WEEK, "desks": "A, A", "services": "A, B", "secret": "0f" * 32}
    good |= {"rule": "fifo", "pagers": "50"}
    for letter in (*BLANKS, "\u0323", "\0", "\n", "\t", '"', "\\"):
        for value in (letter + good[key], good[key] + letter):
            with pytest.raises(SettingsError) as caught:
                Settings([(key, value)])
            assert caught.value.cause == notation.LETTER


# -- whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [OFFICE, site.lines(Settings()).decode(), "end = 0"])
def test_what_was_cut_off_is_no_file(text: str) -> None:
    """All but one that lacks its last line end, or comments before it."""
    data = text.encode()
    assert not read(data).wrong
    for cut in range(len(data.rstrip())):
        made = read(data[:cut])
        assert made.word == "settings.cut", data[:cut]
        assert made.wrong
        assert (made.pagers, made.ric_first) == (999, 8), (
            "and nothing that matters on air is taken"
        )


def test_a_lost_line_and_one_too_many_are_noticed() -> None:
    lines = OFFICE.splitlines(keepends=True)
    for i in range(1, len(lines)):
        assert read("".join(lines[:i] + lines[i + 1 :]).encode()).word == "settings.cut"
    assert read((OFFICE + "# but for comments\n\n").encode()).wrong == ""
    for more in (OFFICE, "rule = fifo\n", "end = 8\n"):
        assert refused(OFFICE + more).cause == notation.AFTER


@pytest.mark.parametrize("count", ["", "6", "07", "7 7", "x", "-1", "8"])
def test_the_count_is_the_count(count: str) -> None:
    error = refused(OFFICE.replace("end = 7", f"end = {count}"))
    assert (error.key, error.value, error.cause) == ("end", f"{count}, 7", notation.CUT)
    assert "the file is not whole" in advise(error)


@pytest.mark.parametrize(
    ("cut", "sound"), [(0, "desks"), (8, "ric_first"), (18, "ric_first"), (10, "pagers")]
)
def test_a_beginning_is_not_another_office(cut: int, sound: str) -> None:
    """A copy that was broken off had another address and other pagers: nobody's rang."""
    text = "services = A, B, C\ndesks = ABC, AB, C\nric_first = 1600\npagers = 60\n"
    made = schema.load(text[: text.index(sound) + cut])
    assert made.wrong == "end = ?"
    assert not schema.load(text + "end = 4\n").wrong


# -- files ------------------------------------------------------------------------------------


class Watched(BytesIO):
    """A file that notes how much is read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize(("size", "long"), [(8192, False), (8193, True), (200_000, True)])
def test_a_long_file_is_refused_unread(size: int, long: bool) -> None:
    file = Watched(OFFICE.encode().ljust(size, b"#"))
    made = schema.read(lambda name, mode: file, "/settings.txt")
    assert (made.word, bool(made.wrong)) == ("settings.long" if long else "settings.bad", long)
    assert file.taken == (0 if long else size)
    if long:
        assert made.wrong == f"{size} > 8192 B"


def test_no_file_and_no_memory_are_named() -> None:
    def none(name: str, mode: str) -> BytesIO:
        raise OSError(2)

    class Greedy(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise MemoryError

    made = schema.read(none, "/settings.txt")
    assert (made.word, made.wrong) == ("settings.none", "/settings.txt")
    made = schema.read(lambda name, mode: Greedy(OFFICE.encode()), "/settings.txt")
    assert (made.word, made.wrong) == ("start.memory", "/settings.txt")


# -- both interpreters ------------------------------------------------------------------------

PIECES = [
    *(
        blank.encode()
        for blank in (*BLANKS, "\ufeff", "\u0323", "\u0302", "٥", "５", "Đ", "ệ", "Ü")
    ),
    *(b"\0", b"\t", b" ", b"\r", b"\r\n", b"\n", b'"', b"'", b"#", b"=", b"[", b"]", b",", b"\\"),
    *(
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe1\xba",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"-",
        b":",
    ),
    *(b"+5", b"1_0", b"007", b"0x1F", b"1e3", b"9" * 30, b"0 ", b"A", b"h", b"end = 7\n", b"end"),
    *(b'["A"]', b'"""', b"''", b"rule = fifo\n", b"pagers\t=\t5\n", b'services = ["A", "B"]\n'),
]


def spoilt(seed: int) -> bytes:
    """A file with a few pieces put in, taken out or cut off, most often with a count that fits."""
    rng = Random(seed)
    lines = OFFICE.encode().splitlines(keepends=True)[:-1]
    data = bytearray(b"".join(rng.sample(lines, rng.randrange(len(lines) + 1))))
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.choice((0, 0, 0, 1, 2, 9))] = rng.choice(PIECES)
    count = sum(b"=" in line.partition(b"#")[0] for line in data.splitlines())
    data += b"\nend = %d" % (count if rng.random() < 0.9 else rng.randrange(9))
    return bytes(data if rng.random() < 0.9 else data[: rng.randrange(len(data))])


VERDICTS = """
import io
from luot.core.settings import schema

def verdict(data):
    made = schema.read(lambda name, mode: io.BytesIO(data), "/settings.txt")
    values = [made.wrong, made.word, made.secret.hex()]
    for key in sorted(made.__dict__):
        if key not in ("wrong", "word", "secret"):
            values.append(getattr(made, key))
    return "|".join([str(value) for value in values])
"""
PART = 100  # what is printed at once is bounded
IN_VM = f"""
for _ in range({PART}):
    size = file.read(2)
    if size:
        print(verdict(file.read(size[0] << 8 | size[1])))
"""


def here() -> Callable[[bytes], str]:
    """What this interpreter makes of a file."""
    names: dict[str, Callable[[bytes], str]] = {}
    exec(VERDICTS, names)
    return names["verdict"]


def there(cases: list[bytes]) -> list[str]:
    """What a MicroPython makes of files, in the shipped build."""
    files = {path: data for path, data in image.firmware().items() if path != "/main.py"}
    files["/main.py"] = b"def turn(now):\n    return now\n"
    files["/cases"] = b"".join(len(case).to_bytes(2, "big") + case for case in cases)
    with MicroPython(Bench().machine, files) as vm:
        vm.boot()
        vm.run(VERDICTS + 'file = open("/cases", "rb")')
        return [line for _ in cases[::PART] for line in vm.run(IN_VM).splitlines()]


def test_both_interpreters_give_the_same_verdict() -> None:
    cases = [spoilt(seed) for seed in range(1500)]
    cases += [OFFICE.encode()[:cut] for cut in range(0, len(OFFICE.encode()), 3)]
    cases += [b"pagers =%s50\nend = 1" % piece for piece in PIECES]
    verdict = here()
    told = [verdict(case) for case in cases]
    taken = sum(text.startswith("|") for text in told)
    assert len(cases) / 10 < taken < len(cases) * 9 / 10, "some are taken, and some are not"
    assert there(cases) == told


def toml(data: bytes) -> Iterator[Settings]:
    """What the tools make of it as a site file, if it is TOML."""
    try:
        yield Settings(site._pairs(tomllib.loads(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return


@tries(300)
@given(st.integers(0, 10**9))
def test_what_a_box_takes_a_tool_takes_alike(seed: int) -> None:
    """Unless it is no TOML, as words without quotes are not."""
    data = spoilt(seed)
    text = data.replace(b"desks = ABC, AB, C", b"desks = 'ABC, AB, C'")
    text = text.replace(b"hours = " + WEEK.encode(), b"hours = '%s'" % WEEK.encode())
    made = read(text)
    if not made.wrong:
        for other in toml(text):
            assert vars(other) == vars(made)


@pytest.mark.parametrize("settings", [read(OFFICE.encode()), Settings()])
def test_what_the_tools_write_is_a_site_file_too(settings: Settings) -> None:
    data = site.lines(settings)
    assert vars(read(data)) == vars(settings)
    assert [vars(made) for made in toml(data)] == [vars(settings)]


FAULTS = {
    "blanks as bytes have them": (
        '_BLANKS = b" \\t"',
        '_BLANKS = b" \\t\\v\\f\\r\\x1c"',
        lambda: test_nothing_else_is_a_blank("{}pagers = 50", "\v"),
    ),
    "letters that the font has not": (
        "            raise SettingsError(key, letter_name",
        "            pass  # raise SettingsError(key, letter_name",
        lambda: test_another_letter_is_named("Ü".encode(), "U+00DC"),
    ),
    "marks on their own": (
        "shown = _MARKED_FIRST <= code <= _MARKED_LAST",
        "shown = True",
        test_letters_are_those_of_the_font,
    ),
    "marks of two bytes": (
        "shown = data[at : at + 2] in _LETTERS",
        "shown = True",
        lambda: test_marks_apart_from_their_letters_are_refused("Hộ tịch"),
    ),
    "half a letter": (
        "at + size > len(data) or",
        "",
        lambda: test_half_a_letter_is_none(b"\xf0\x81\xba"),
    ),
    "letters written too long": (
        "or code < least",
        "",
        lambda: test_another_letter_is_named(b"\xe0\x83\x80", "byte E0"),
    ),
    "any byte goes on": (
        "if byte & 0xC0 != 0x80:",
        "if 0:",
        lambda: test_another_letter_is_named(b"\xe1\xba\xff", "byte E1"),
    ),
    "a byte order mark": (
        "if data[:3] == _BOM:",
        "if 0:",
        test_files_come_with_marks_and_line_ends_of_all_kinds,
    ),
    "line ends of Windows": (
        'if line[-1:] == b"\\r"',
        "if 0",
        test_files_come_with_marks_and_line_ends_of_all_kinds,
    ),
    "a comment in quotes": (
        "if first and first in _QUOTES:",
        "if 0:",
        lambda: test_a_line_is_read(b'k = "v # c"', "v # c"),
    ),
    "something after quotes": (
        'not in (b"", b"#"):',
        'in (b"=",):',
        lambda: test_quotes_and_brackets_close_and_end_a_line('k = "v" w'),
    ),
    "two of one": (
        'if "," in item:',
        "if 0:",
        test_an_item_with_a_comma_does_not_become_two,
    ),
    "a key twice": ("if known == key:", "if 0:", test_a_key_is_there_once),
    "no end": (
        "    if not ended:",
        "    if 0:",
        lambda: test_a_beginning_is_not_another_office(8, "ric_first"),
    ),
    "any end": (
        "if value != str(count):",
        "if 0:",
        test_a_lost_line_and_one_too_many_are_noticed,
    ),
    "more after the end": (
        "        if ended:",
        "        if 0:",
        test_a_lost_line_and_one_too_many_are_noticed,
    ),
    "half a last line has another cause": (
        "if not left and not ended:",
        "if 0:",
        lambda: test_what_was_cut_off_is_no_file(OFFICE),
    ),
    "a long file is read": (
        "if size > notation.BYTES_MAX:",
        "if 0:",
        lambda: test_a_long_file_is_refused_unread(8193, True),
    ),
    "no memory is an end": (
        "except MemoryError:",
        "except KeyError:",
        test_no_file_and_no_memory_are_named,
    ),
    "no file is an end": (
        "except OSError:",
        "except KeyError:",
        test_no_file_and_no_memory_are_named,
    ),
    "a tool takes more": (
        "        notation.legible(key, value.encode())\n",
        "        pass\n",
        lambda: test_a_tool_refuses_what_a_box_would("services"),
    ),
}


test_a_broken_promise_is_found = found_by((notation, schema), FAULTS)
