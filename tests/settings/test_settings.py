"""Settings: what is allowed works, what is not is refused in words that name it and help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.limits import DESKS_WIRED, PAGERS, SERVICES
from luot.core.line.rules import RULES
from luot.core.pages import pocsag
from luot.core.settings import schema, settings
from luot.core.settings.notation import SettingsError, parse
from luot.core.settings.schema import CHOICES, NUMBERS
from luot.core.settings.settings import Settings
from luot.drivers import sx127x_pocsag
from luot.drivers.sx127x import SX127x
from luot.pc.advice import advise
from sim import site
from tests.faults.seeded import found_by
from tests.rigs.board import Bench
from tests.rigs.strategies import tries

Pairs = list[tuple[str, str]]


def refused(*pairs: tuple[str, str]) -> SettingsError:
    """The error these pairs must make."""
    with pytest.raises(SettingsError) as caught:
        Settings(list(pairs))
    return caught.value


# -- defaults ---------------------------------------------------------------------------------


def test_what_is_not_named_is_the_usual_office() -> None:
    made = Settings()
    assert (made.rule, made.overtakes_max) == ("bounded", 3)
    assert (made.services, made.desks) == (("A", "B", "C", "D"), ("ABCD",) * 4)
    assert (made.pagers, made.pocsag_bps, made.language) == (999, 1200, "vi")
    assert (made.frequency_hz, made.power_dbm, made.polarity) == (433_920_000, 10, "normal")
    assert (made.calls_max, made.recall_gap_s, made.board, made.secret) == (3, 30, "t3", b"")
    assert (made.rating, made.hours, made.wrong) == ("no", "", "")
    assert made.masks() == (15,) * 4
    assert made.rule_number() == 0
    assert Settings([("rule", "fifo")]).rule_number() == RULES.index("fifo")


# -- numbers and choices ----------------------------------------------------------------------


@pytest.mark.parametrize(("key", "default", "low", "high"), NUMBERS)
def test_a_number_is_taken_within_its_range(key: str, default: int, low: int, high: int) -> None:
    step = 8 if key == "ric_first" else 1
    for value in (low, default, high):
        assert getattr(Settings([(key, str(value))]), key) == value
    for text in (str(low - step), str(high + step), "", "x", "1e3", "3.0"):
        error = refused((key, text))
        assert (error.key, error.value) == (key, text)
        told = advise(error)
        assert told.startswith(f"{key} = {text} cannot be used; give {low} to {high} (")
        assert "\n" not in told


@pytest.mark.parametrize("text", ["+5", "05", "1_0", "1__0", " 5", "-0"])
def test_a_number_is_written_plainly(text: str) -> None:
    """Of these CPython takes some and MicroPython others: a box must not refuse what a PC sent."""
    assert refused(("pagers", text)).value == text


@pytest.mark.parametrize(("key", "words"), CHOICES)
def test_a_choice_is_one_of_its_words(key: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert str(getattr(Settings([(key, word)]), key)) == word
    for text in ("", "x", words[0].upper() + "x", words[0] + " "):
        error = refused((key, text))
        assert (error.key, error.value) == (key, text)
        told = advise(error)
        assert told == f"{key} = {text} cannot be used; choose one of {', '.join(words)}"


def test_pager_addresses_begin_at_a_multiple_of_8() -> None:
    for text in ("9", "1_000", "1004"):
        assert refused(("ric_first", text)).key == "ric_first"
    assert "a multiple of 8" in advise(refused(("ric_first", "1004")))


def test_an_unknown_key_is_named_beside_the_known_ones() -> None:
    error = refused(("pager", "20"), ("pagers", "30"))
    assert (error.key, error.value) == ("pager", "20")
    told = advise(error)
    assert told.startswith("there is no setting pager; these are known: ")
    for key in vars(Settings()):
        assert key in told, key


# -- services and desks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("services", "desks", "masks"),
    [
        ("A", "A", (1,)),
        ("A,B", "AB,B,A", (3, 2, 1)),
        ("H Hộ tịch, B Bảo hiểm, C", "H, BC", (1, 6)),
        ("A,B,C,D,E,F,G,H", "ABCDEFGH", (255,)),
        ("B,A", "A,B", (2, 1)),
    ],
)
def test_a_desk_serves_its_letters(services: str, desks: str, masks: tuple[int, ...]) -> None:
    made = Settings([("services", services), ("desks", desks)])
    assert made.masks() == masks
    assert len(made.services) == services.count(",") + 1


def test_without_desks_all_of_them_serve_everything() -> None:
    made = Settings([("services", "C Cấp phép, E")])
    assert made.services == ("C Cấp phép", "E")
    assert made.masks() == (3,) * DESKS_WIRED


@pytest.mark.parametrize(
    "text",
    ["", "A,A", "A,", "I", "a", "AB", "A-B", "1", "Đ", "A,,B", ",".join("ABCDEFGHI"), "A,B,A x"],
)
def test_services_that_cannot_be(text: str) -> None:
    error = refused(("services", text))
    assert (error.key, error.value) == ("services", text)
    assert f"services = {text} cannot be used; give 1 to {SERVICES} services" in advise(error)


@pytest.mark.parametrize("text", ["", "ABCD,", "ABC", "ABCDE", "ABCD X", "A,B,C,D,ABCD", "abcd"])
def test_desks_that_cannot_be(text: str) -> None:
    error = refused(("desks", text))
    assert (error.key, error.value) == ("desks", text)
    told = advise(error)
    assert told.startswith(f"desks = {text} cannot be used; give 1 to {DESKS_WIRED} desks")
    assert "every service needs a desk" in told


@pytest.mark.parametrize("text", ["0" * 63, "0" * 62, "0" * 66, "x" * 64, "0"])
def test_a_secret_that_cannot_be(text: str) -> None:
    error = refused(("secret", text))
    assert error.key == "secret"
    assert "64 hexadecimal digits" in advise(error)


def test_a_secret_is_32_bytes_or_none() -> None:
    assert Settings([("secret", "0f" * 32)]).secret == b"\x0f" * 32
    assert Settings([("secret", "")]).secret == b""


WEEK = "7:30-11:30 13:00-17:00, -, 0:00-24:00, -, -, -, 8:00-8:01"


@pytest.mark.parametrize("text", ["-", WEEK + ",-", WEEK.replace("7:30", "7h30"), "x"])
def test_hours_that_cannot_be(text: str) -> None:
    error = refused(("hours", text))
    assert (error.key, error.value) == ("hours", text)
    assert "7:30-11:30" in advise(error), "an example says more than a rule"


def test_hours_are_a_week_or_nothing() -> None:
    assert Settings([("hours", WEEK)]).hours == WEEK
    assert Settings([("hours", "")]).hours == ""


# -- a box's own file -------------------------------------------------------------------------


def test_what_is_right_is_loaded() -> None:
    made = schema.load("pagers = 40\nlanguage = en\nend = 2\n")
    assert (made.wrong, made.pagers, made.language) == ("", 40, "en")


def whole(text: str) -> str:
    """The text with what says that it is all."""
    return f"{text}\nend = {len(text.splitlines())}\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("pagers = 4000", "pagers = 4000"),
        ("rule = lifo", "rule = lifo"),
        ("page = 4", "page = 4"),
        ("hello", "hello = "),
        ("board = t4", "board = t4"),
        ("ric_first = 9", "ric_first = 9"),
        ("services = A\ndesks = B", "desks = B"),
    ],
)
def test_a_wrong_file_is_named_and_never_raises(text: str, wrong: str) -> None:
    """Whoever wrote it reads on the display what is wrong; in the language it asks for, if any."""
    made = schema.load(whole(text))
    assert (made.wrong, made.word) == (wrong, "settings.bad")
    assert (made.language, made.board, made.pagers) == ("vi", "t3", 999), "else as by default"
    assert schema.load(whole(text + "\nlanguage = en")).language == "en"
    assert schema.load(whole("board = devkit\nlanguage = xx\n" + text)).board == "devkit"


@tries(100)
@given(st.text(st.sampled_from("abr =\n#\0ệ1language"), max_size=60))
def test_no_text_is_too_wrong_to_be_loaded(text: str) -> None:
    assert schema.load(text + "\nx").wrong


@pytest.mark.parametrize(
    ("desks", "rating", "addresses"),
    [
        (1, "no", (0x20, 0x21)),
        (2, "no", (0x20, 0x21)),
        (3, "no", (0x20, 0x21, 0x22)),
        (4, "no", (0x20, 0x21, 0x22)),
        (1, "yes", (0x20, 0x21, 0x23)),
        (4, "yes", (0x20, 0x21, 0x22, 0x23, 0x24)),
    ],
)
def test_there_are_keypads_for_the_desks_there_are(
    desks: int, rating: str, addresses: tuple[int, ...]
) -> None:
    pairs = [("services", "A"), ("desks", ",".join(["A"] * desks)), ("rating", rating)]
    assert schema.keypads(Settings(pairs)) == addresses


# -- lines ------------------------------------------------------------------------------------


def test_lines_are_read() -> None:
    text = "# a comment\n\n rule = fifo\r\nservices=A Thuế = phí, B\n\tpagers\t=\t40\nend=3\n#x=1"
    pairs = [("rule", "fifo"), ("services", "A Thuế = phí, B"), ("pagers", "40")]
    assert parse(text.encode()) == pairs
    assert parse(b"end = 0") == []


def test_a_line_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(b"rule = fifo\npagers 40\nend = 2")
    assert "pagers 40" in advise(caught.value)


@st.composite
def possible(draw: st.DrawFn) -> Pairs:
    """Draw settings that are allowed, some left out."""
    pairs = [
        (key, str(draw(st.integers(low, high)) // 8 * 8 if key == "ric_first" else draw(value)))
        for key, _, low, high in schema.NUMBERS
        for value in [st.integers(low, high) | st.sampled_from((low, high))]
    ]
    pairs += [(key, draw(st.sampled_from(words))) for key, words in CHOICES]
    letters = draw(st.lists(st.sampled_from("ABCDEFGH"), min_size=1, unique=True))
    names = [letter + draw(st.sampled_from(("", " Hộ tịch", " x"))) for letter in letters]
    desks = draw(st.lists(st.sets(st.sampled_from(letters), min_size=1), max_size=3))
    pairs.append(("services", ", ".join(names)))
    served = ["".join(sorted(desk)) for desk in desks]
    pairs.append(("desks", ",".join([*served, "".join(letters)])))
    pairs.append(("secret", draw(st.sampled_from(("", "5a" * 32)))))
    pairs.append(("hours", draw(st.sampled_from(("", WEEK)))))
    return [pair for pair in pairs if pair[0] == "services" or draw(st.integers(0, 4))]


@tries(60)
@given(possible())
def test_what_is_written_for_a_box_is_what_it_reads(pairs: Pairs) -> None:
    made = Settings(pairs)
    again = Settings(parse(site.lines(made)))
    assert vars(again) == vars(made)


# -- what follows from them -------------------------------------------------------------------


@tries(40)
@given(st.integers(1, 1_990_000 // 8))
def test_every_pager_has_an_address_of_its_own(eighth: int) -> None:
    judge_addresses(Settings([("ric_first", str(8 * eighth))]))


def test_the_first_and_the_last_addresses_are_good_too() -> None:
    for key, _, low, high in schema.NUMBERS:
        if key == "ric_first":
            judge_addresses(Settings([(key, str(low))]))
            judge_addresses(Settings([(key, str(high))]))


def judge_addresses(made: Settings) -> None:
    """Fail unless 999 pagers have 999 addresses that can be paged, in three frames in turn."""
    rics = [made.ric(pager) for pager in range(1, PAGERS + 1)]
    assert len(set(rics)) == PAGERS
    assert min(rics) >= 1
    assert max(rics) <= 1_999_999
    pocsag.encode([(ric, 3, b"A001") for ric in (min(rics), max(rics))], bytearray(400))
    assert all(ric & 7 == (0, 2, 5)[i % 3] for i, ric in enumerate(rics))


def judge_radio(made: Settings) -> None:
    """Fail unless the driver, which locks the band once more, takes these settings."""
    bench = Bench()
    radio = SX127x(*bench.spi())
    while not radio.start():
        bench.wait_ms(5)
    table = sx127x_pocsag.table(made.pocsag_bps, made.polarity == "inverted")
    radio.configure(table, made.frequency_hz, made.trim_hz, made.power_dbm)


@tries(60)
@given(possible())
def test_the_radio_takes_what_is_allowed(pairs: Pairs) -> None:
    judge_radio(Settings(pairs))


def test_the_radio_takes_the_edges_of_what_is_allowed() -> None:
    limits = {key: (low, high) for key, _, low, high in NUMBERS}
    for end in (0, 1):
        keys = ("frequency_hz", "trim_hz", "power_dbm")
        judge_radio(Settings([(key, str(limits[key][end])) for key in keys]))


FAULTS = {
    "a range too wide": (
        '("trim_hz", 0, -12_000, 12_000)',
        '("trim_hz", 0, -40_000, 40_000)',
        test_the_radio_takes_what_is_allowed,
    ),
    "addresses meet": ("(0, 2, 5)", "(0, 2, 2)", test_every_pager_has_an_address_of_its_own),
    "addresses drift": ("// 3 * 8", "// 3 * 9", test_every_pager_has_an_address_of_its_own),
    "addresses beyond the last": (
        "8, 8, 1_990_000",
        "8, 8, 1_999_992",
        test_the_first_and_the_last_addresses_are_good_too,
    ),
    "a number out of range": (
        "not low <= value <= high",
        "not low <= value",
        lambda: test_a_number_is_taken_within_its_range("pagers", 999, 1, 999),
    ),
    "numbers as Python has them": (
        "str(value) != text or",
        "",
        lambda: test_a_number_is_written_plainly("1_0"),
    ),
    "any word": (
        "if text not in words:",
        "if 0:",
        lambda: test_a_choice_is_one_of_its_words("language", ("vi", "en")),
    ),
    "unknown keys": (
        "    if given:\n        key",
        "    if 0:\n        key",
        test_an_unknown_key_is_named_beside_the_known_ones,
    ),
    "two services of one letter": (
        "or letter in seen",
        "",
        lambda: test_services_that_cannot_be("A,A"),
    ),
    "a service without a desk": (
        "wrong or letter not in served",
        "wrong",
        lambda: test_desks_that_cannot_be("ABC"),
    ),
    "any hours": (
        "            week.parse(text)\n",
        "            pass\n",
        lambda: test_hours_that_cannot_be("x"),
    ),
    "what is wrong is not said": (
        "shown.wrong = str(wrong)",
        "pass",
        lambda: test_a_wrong_file_is_named_and_never_raises("hello", "hello = "),
    ),
    "it says so in another language": (
        'pair[0] in ("board", "language"):',
        'pair[0] == "board":',
        lambda: test_a_wrong_file_is_named_and_never_raises("hello", "hello = "),
    ),
    "a wrong board is an end": (
        "        except SettingsError:\n            pass",
        "        except KeyError:\n            pass",
        lambda: test_a_wrong_file_is_named_and_never_raises("board = t4", "board = t4"),
    ),
    "keypads nobody has": (
        "(len(settings.desks) + 1) // _PER_PAD",
        "2",
        lambda: test_there_are_keypads_for_the_desks_there_are(2, "no", (0x20, 0x21)),
    ),
    "no rating keypads": (
        'settings.rating == "yes"',
        "False",
        lambda: test_there_are_keypads_for_the_desks_there_are(1, "yes", (0x20, 0x21, 0x23)),
    ),
}


test_a_broken_promise_is_found = found_by((schema, settings), FAULTS)
