"""POCSAG against published vectors and an independent reading of M.584-2.

The judge here is written from the standard the other way round: polynomial division bit by bit,
and a receiver that turns a transmission back into pages.
"""

from itertools import chain, permutations
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.pages import pocsag

SYNC = "7CD215D8"
IDLE = "7A89C197"

# Each decoded exactly by multimon-ng 1.2.0 at 512, 1200 and 2400 bits/s.
VECTORS = [
    (8, 3, b"A", "00003B49", "C100057F"),
    (1234567, 3, b"Test", "4B5A1A25", "95A79814 CB800240"),
    (2000, 3, b"SO 042 QUAY 3", "001F5FA2", "E5F20B1F 83164F07 C0A2D116 D83342EE 96600713"),
    (1234567, 0, b"0123456789*U -()", "4B5A0780", "842613B7 D370CFDE AE9DFDAB B9999E9C"),
    (2097151, 0, b"42", "7FFFE533", "921999DB"),
    (100, 1, b"", "00018A3C", ""),
    (1048577, 2, b"", "400010C3", ""),
    (
        1000003,
        3,
        b"Moi so A042 den quay 3. Cam on quy khach!",
        "3D09194E",
        "D9F72926 C167F5FC E0A08544 E2C9826F 913A6D59 EC147AAA AF0E7D34 82CCECF4 "
        "81618017 F6C17993 B760A792 BD79E5DD 8B58BBF4 878C5B8D C2000799",
    ),
]


# -- the judge ------------------------------------------------------------------------------


def batches(transmission: bytes) -> list[list[str]]:
    """Cut a transmission into batches of 16 code words, checking the sync words between them."""
    received = bytes.fromhex(SYNC) + transmission
    assert len(received) % 68 == 0
    found = []
    for start in range(0, len(received), 68):
        batch = received[start : start + 68].hex(" ", 4).upper().split()
        assert batch[0] == SYNC
        found.append(batch[1:])
    return found


def words_of(transmission: bytes) -> list[str]:
    return list(chain.from_iterable(batches(transmission)))


def is_code_word(word: str) -> bool:
    """Divide the 31 bits, as a polynomial, by the generator, term by term; count the ones."""
    bits = [int(bit) for bit in f"{int(word, 16):032b}"]
    rest = bits[:31]
    for degree in range(30, 9, -1):
        if rest[30 - degree]:
            for term in (10, 9, 8, 6, 5, 3, 0):
                rest[30 - (degree - 10 + term)] ^= 1
    return not any(rest) and sum(bits) % 2 == 0


def text_of(function: int, words: list[str]) -> bytes:
    """Read message words as the alphabet of `function`, padding stripped."""
    bits = "".join(f"{int(word, 16):032b}"[1:21] for word in words)
    width = 4 if function == 0 else 7
    symbols = [int(bits[i : i + width][::-1], 2) for i in range(0, len(bits) - width + 1, width)]
    if function == 0:
        return bytes(b"0123456789*U -)("[s] for s in symbols).rstrip(b" ")
    return bytes(symbols).rstrip(b"\0")


def received(transmission: bytes) -> list[tuple[int, int, int, list[str]]]:
    """Receive as a pager does: (slot of the address, RIC, function, message words) in order."""
    pages: list[tuple[int, int, int, list[str]]] = []
    open_page = False
    for slot, word in enumerate(words_of(transmission)):
        bits = f"{int(word, 16):032b}"
        if word == IDLE:
            open_page = False
        elif bits[0] == "0":
            ric = int(bits[1:19], 2) * 8 + slot % 16 // 2
            pages.append((slot, ric, int(bits[19:21], 2), []))
            open_page = True
        else:
            assert open_page, "a message without an address in front of it"
            pages[-1][3].append(word)
    assert not open_page, "the last message does not end"
    return pages


def judge_vectors(module: ModuleType) -> None:
    """Fail unless `module` produces every vector, and sends it alone.

    The RIC of vector 5 is reserved: `encode` sends its message to another one of that frame.
    """
    for ric, function, text, address, message in VECTORS:
        out = bytearray(68 * 3 - 4)
        slot = 2 * (ric & 7)
        end = module.put_page(out, slot, ric, function, text)
        words = (bytes.fromhex(SYNC) + out).hex(" ", 4).upper().split()
        sent = [words[s // 16 * 17 + 1 + s % 16] for s in range(slot, end)]
        assert " ".join(sent) == f"{address} {message}".strip()
        lawful = ric if ric < 2_000_000 else 8 + (ric & 7)
        n = module.encode([(lawful, function, text)], out)
        assert received(bytes(out[:n])) == [(slot, lawful, function, message.split())]


# -- vectors and mutants ----------------------------------------------------------------------


def test_vectors() -> None:
    judge_vectors(pocsag)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        pytest.param("0x369", "0x369 ^ 0x020", id="wrong generator"),
        pytest.param("low |= _ODD", "low |= 0 & _ODD", id="no parity"),
        pytest.param("(slot | 15) + 1)\n", "(slot + 15) // 16 * 16)\n", id="no terminator"),
        pytest.param("(slot // 16 + 1)", "((slot + 15) // 16)", id="terminator cut off"),
        pytest.param("_REVERSED[held >> shift & 15]", "held >> shift & 15", id="wrong bit order"),
        pytest.param("out, at - 4, _SYNC", "out, at - 4, _IDLE", id="no sync word"),
        pytest.param("slot + slot // 16", "slot", id="no room for the sync word"),
        pytest.param("ric >> 3 << 2", "ric >> 3 << 2 & 0x1FFFF", id="19-bit RIC"),
        pytest.param("2 * (ric & 7)", "2 * (ric & 3)", id="wrong frame"),
        pytest.param("_IDLE = const(0xF5138)", "_IDLE = const(0xF5139)", id="wrong idle"),
        pytest.param("else 0 if function else 32", "else 0", id="numeric not padded with spaces"),
    ],
)
def test_vectors_catch(sound: str, broken: str) -> None:
    source = Path(pocsag.__file__).read_text(encoding="utf-8")
    assert source.count(sound) == 1
    mutant = ModuleType("mutant")
    exec(source.replace(sound, broken), mutant.__dict__)
    with pytest.raises((AssertionError, ValueError, IndexError)):
        judge_vectors(mutant)


# -- properties -------------------------------------------------------------------------------

RICS = st.integers(1, 1_999_999)
ALPHA = st.binary(max_size=60).map(lambda raw: bytes(b & 0x7F or 65 for b in raw))
NUMERIC = st.lists(st.sampled_from(b"0123456789*U-)("), max_size=40).map(bytes)
PAGE = st.one_of(
    st.tuples(RICS, st.just(3), ALPHA),
    st.tuples(RICS, st.just(0), NUMERIC),
    st.tuples(RICS, st.sampled_from((1, 2)), st.just(b"")),
)
PAGES = st.lists(PAGE, min_size=1, max_size=8)


def transmit(pages: list[tuple[int, int, bytes]]) -> bytes:
    out = bytearray(b"\xa5" * 4096)
    n = pocsag.encode(pages, out)
    assert out[n:].count(0xA5) == 4096 - n, "written beyond the transmission"
    return bytes(out[:n])


@given(PAGES)
def test_every_word_is_a_code_word(pages: list[tuple[int, int, bytes]]) -> None:
    for word in words_of(transmit(pages)):
        assert is_code_word(word)


def test_the_judge_of_code_words_can_fail() -> None:
    for bit in range(32):
        assert not is_code_word(f"{int(IDLE, 16) ^ 1 << bit:08X}")


@given(st.integers(0, (1 << 21) - 1))
def test_any_information_becomes_its_code_word(info: int) -> None:
    out = bytearray(4)
    pocsag.put_word(out, 0, info)
    assert int.from_bytes(out, "big") >> 11 == info
    assert is_code_word(out.hex())


@given(PAGES)
def test_what_is_received_is_what_was_asked(pages: list[tuple[int, int, bytes]]) -> None:
    heard = [(ric, f, text_of(f, words)) for _, ric, f, words in received(transmit(pages))]
    assert sorted(heard) == sorted(pages)


@given(PAGES)
def test_each_page_starts_as_soon_as_any_could(pages: list[tuple[int, int, bytes]]) -> None:
    heard = received(transmit(pages))
    free = 0
    for index, (slot, _, _, words) in enumerate(heard):
        could = min(
            next(s for s in range(free, free + 17) if s % 16 // 2 == ric & 7)
            for _, ric, _, _ in heard[index:]
        )
        assert slot == could
        free = slot + 1 + len(words)
    assert len(batches(transmit(pages))) == free // 16 + 1, "batches to spare, or none to end with"


@given(PAGES)
def test_size_is_what_encode_uses(pages: list[tuple[int, int, bytes]]) -> None:
    n = pocsag.size(pages)
    assert n == len(transmit(pages))
    assert pocsag.encode(pages, bytearray(n)) == n
    short = bytearray(n - 1)
    with pytest.raises(ValueError, match="too long"):
        pocsag.encode(pages, short)
    assert not any(short)


def test_three_calls_share_one_batch() -> None:
    """The number and the desk are 11 characters: 5 slots; frames 0, 2 and 5 hold three of them."""
    calls = [(8 * n + frame, 3, b"A001 QUAY 3") for n, frame in ((1, 0), (2, 2), (3, 5))]
    for count in (1, 2, 3):
        for chosen in permutations(calls, count):
            assert pocsag.size(list(chosen)) == 64
            assert len(received(transmit(list(chosen)))) == count


def test_equal_pages_go_in_the_order_asked() -> None:
    pages = [(8, 1, b""), (16, 1, b""), (24, 1, b"")]
    heard = received(transmit(pages))
    assert [(slot, ric) for slot, ric, _, _ in heard] == [(0, 8), (1, 16), (16, 24)]


def test_a_message_in_the_last_slot_is_followed_by_idles() -> None:
    """Vector 5's layout: frame 7, one message word, slots 15 and 16 of the only batch."""
    first, second = batches(transmit([(15, 0, b"42")]))
    assert first[15] == "921999DB"
    assert second == [IDLE] * 16


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        pytest.param((0, 3, b"A"), id="RIC 0"),
        pytest.param((-1, 3, b"A"), id="negative RIC"),
        pytest.param((2_000_000, 3, b"A"), id="first reserved RIC"),
        pytest.param((2_097_151, 0, b"42"), id="last reserved RIC"),
        pytest.param((2_097_152, 3, b"A"), id="22-bit RIC"),
        pytest.param((8, 4, b""), id="function 4"),
        pytest.param((8, -1, b""), id="function -1"),
        pytest.param((8, 1, b"A"), id="tone with a text"),
        pytest.param((8, 3, "QUẦY".encode()), id="not ASCII"),
        pytest.param((8, 0, b"12A"), id="letter in a numeric page"),
    ],
)
def test_refused(page: tuple[int, int, bytes]) -> None:
    out = bytearray(200)
    with pytest.raises(ValueError, match="pocsag"):
        pocsag.encode([(8, 3, b"A"), page], out)
    assert not any(out)


def test_refused_by_number() -> None:
    with pytest.raises(ValueError, match="1..30 pages"):
        pocsag.encode([], bytearray(64))
    with pytest.raises(ValueError, match="1..30 pages"):
        pocsag.encode([(8, 1, b"")] * 31, bytearray(4096))
    assert pocsag.encode([(8, 1, b"")] * 30, bytearray(4096)) == 68 * 15 - 4


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("bit_rate", [512, 1200, 2400])
def test_airtime_is_preamble_and_batches(count: int, bit_rate: int) -> None:
    exact_ms = (576 + 544 * count) * 1000 / bit_rate
    assert 0 <= pocsag.airtime_ms(68 * count - 4, bit_rate) - exact_ms < 1
