"""A bought pager, or rather all of them: POCSAG as ITU-R M.584-2 says it, read off the air.

Owns the judgement what a standard receiver makes of a transmission. Must never know the encoder
it judges: everything here is from the recommendation, none of it from `luot`.
"""

from itertools import combinations, pairwise
from math import ceil
from typing import NamedTuple

from sim.chips.sx127x import Transmission

_PREAMBLE = 576  # reversals that wake a sleeping pager (M.584-2, annex 1)
_PREAMBLE_SLIPS = 16  # ours: so many of them may be spoilt
_SYNC = 0x7CD215D8
_SYNC_ERRORS = 2
_IDLE = 0x7A89C197
_GENERATOR = 0x769  # x^10 + x^9 + x^8 + x^6 + x^5 + x^3 + 1
_ADDRESS_ERRORS = 1  # with 2, half of all random words would be an address to somebody
_MESSAGE_ERRORS = 2
_NUMERIC = "0123456789*U -)("


class Page(NamedTuple):
    """One page as a pager shows it. `end_us`: when the last of its code words had been heard.

    Function 0 is read as digits, the others as 7-bit text, "" for a bare tone. `damaged` counts
    message code words beyond repair; their bits are shown as they came.
    """

    ric: int
    function: int
    text: str
    end_us: int
    damaged: int


def receive(sent: Transmission, inverted: bool = False) -> list[Page]:
    """Every page in a transmission, to whatever address, in order; [] if nobody can read it.

    The lower frequency is a 1, unless `inverted`. Nothing is heard without a preamble of 576 bits
    before the first sync word. A page counts only if something ends it: an idle word or another
    address, as receivers wait for that with the last characters.
    """
    bits = bytes(bit ^ (not inverted) for bit in sent.bits)
    inbox = _Inbox()
    at = _first_sync(bits)
    while at is not None:
        at += 32
        for slot in range(16):
            word = _word(bits, at)
            if word is None:
                return inbox.pages
            at += 32
            inbox.take(word, slot // 2, ceil(sent.start_us + at * 1e6 / sent.bit_rate))
        if not _is_sync(bits, at):
            inbox.drop()
            at = next((i for i in range(at, len(bits)) if _is_sync(bits, i)), None)
    return inbox.pages


class _Inbox:
    """Pages complete, and the one being received."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self._address: tuple[int, int] | None = None  # RIC and function
        self._message: list[int] = []  # 20 bits each
        self._damaged = 0
        self._end_us = 0

    def take(self, word: int, frame: int, end_us: int) -> None:
        """A code word has come, in `frame` 0..7, the last of its bits at `end_us`.

        The low three bits of a RIC are the frame it is sent in: in another one it is somebody
        else's, for a pager looks nowhere but in its own.
        """
        fixed = _repair(word, _ADDRESS_ERRORS)
        if fixed is not None and not fixed >> 31:
            self._finish()
            if fixed != _IDLE:
                self._address = (fixed >> 13 & 0x3FFFF) << 3 | frame, fixed >> 11 & 3
                self._end_us = end_us
            return
        fixed = _repair(word, _MESSAGE_ERRORS)
        if fixed is None or not fixed >> 31:
            self._damaged += 1
            fixed = word
        self._message.append(fixed >> 11 & 0xFFFFF)
        self._end_us = end_us

    def drop(self) -> None:
        """Sync is lost, and the page being received with it."""
        self._address = None
        self._message = []
        self._damaged = 0

    def _finish(self) -> None:
        if self._address is not None:
            ric, function = self._address
            text = _digits(self._message) if function == 0 else _letters(self._message)
            self.pages.append(Page(ric, function, text, self._end_us, self._damaged))
        self.drop()


def _word(bits: bytes, at: int) -> int | None:
    """The 32 bits from `at` on, the first the highest; None if there are less."""
    if at + 32 > len(bits):
        return None
    return sum(bit << 31 - i for i, bit in enumerate(bits[at : at + 32]))


def _is_sync(bits: bytes, at: int) -> bool:
    word = _word(bits, at)
    return word is not None and (word ^ _SYNC).bit_count() <= _SYNC_ERRORS


def _first_sync(bits: bytes) -> int | None:
    """Where the first sync word after a full preamble begins."""
    for at in range(_PREAMBLE, len(bits)):
        if _is_sync(bits, at):
            before = bits[at - _PREAMBLE : at]
            reversals = sum(a != b for a, b in pairwise(before))
            if reversals >= _PREAMBLE - 1 - _PREAMBLE_SLIPS:
                return at
    return None


def _remainder(word: int) -> int:
    """Of the upper 31 bits, divided by the generator: 0 for a code word (BCH 31,21)."""
    rest = word >> 1
    for bit in range(30, 9, -1):
        if rest >> bit & 1:
            rest ^= _GENERATOR << bit - 10
    return rest


def _error_patterns() -> dict[int, int]:
    """Remainder to the one pattern of at most two wrong bits, parity aside, that leaves it."""
    singles = [1 << bit for bit in range(1, 32)]
    wrong = [0, *singles, *(a | b for a, b in combinations(singles, 2))]
    return {_remainder(pattern): pattern for pattern in wrong}


_PATTERNS = _error_patterns()


def _repair(word: int, limit: int) -> int | None:
    """The code word at most `limit` (0..2) wrong bits from `word`, if there is one."""
    pattern = _PATTERNS.get(_remainder(word))
    if pattern is None:
        return None
    pattern |= (word ^ pattern).bit_count() & 1  # even parity over all 32
    return word ^ pattern if pattern.bit_count() <= limit else None


def _digits(words: list[int]) -> str:
    """Five digits a word, each sent lowest bit first; the spaces that fill it up are dropped."""
    digits = [word >> shift & 15 for word in words for shift in (16, 12, 8, 4, 0)]
    return "".join(_NUMERIC[_mirrored(digit, 4)] for digit in digits).rstrip(" ")


def _letters(words: list[int]) -> str:
    """7-bit characters across the words, lowest bit first; NULs at the end are filling."""
    stream = 0
    for word in words:
        stream = stream << 20 | word
    length = 20 * len(words)
    codes = [stream >> length - 7 * i & 0x7F for i in range(1, length // 7 + 1)]
    return "".join(chr(_mirrored(code, 7)) for code in codes).rstrip("\0")


def _mirrored(value: int, width: int) -> int:
    return int(f"{value:0{width}b}"[::-1], 2)
