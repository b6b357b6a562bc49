"""POCSAG: pages become the bits of one transmission (ITU-R M.584-2, radio-paging code no. 1).

Owns code words, frames, batches and the packing of several pages into one transmission.
Never knows a radio: the preamble, the first sync word and polarity are the chip's work, a bit
here is what M.584 calls it. Fast and flat for MicroPython: every number stays a small integer,
nothing is allocated beside the caller's buffer. A code word is named by its `info`, the 21 bits
in front of its check bits.
"""

from micropython import const

# Sync and idle are code words themselves: 0x7CD215D8 and 0x7A89C197 without their check bits.
_SYNC = const(0xF9A42)
_IDLE = const(0xF5138)

_RIC_MIN = const(1)  # 0 is what silence decodes to
_RIC_MAX = const(1_999_999)  # above are the RICs of sync and idle, and what is reserved with them
_PAGES_MAX = const(30)  # a bit mask of pages must stay a small integer

_NUMERIC = b"0123456789*U -)("  # M.584-2 table 2; 10 is spare, shown by decoders as * or .

# Remainders of nibble * x^10 by the generator x^10+x^9+x^8+x^6+x^5+x^3+1.
# fmt: off
_BCH = (0x000, 0x369, 0x1BB, 0x2D2, 0x376, 0x01F, 0x2CD, 0x1A4,
        0x185, 0x2EC, 0x03E, 0x357, 0x2F3, 0x19A, 0x348, 0x021)
# fmt: on
_REVERSED = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"
_ODD = const(0x6996)  # bit n is set where the number n has an odd count of ones


def address(ric: int, function: int) -> int:
    """Return the info of an address code word: bits 20..3 of `ric`, then `function` (0..3)."""
    return ric >> 3 << 2 | function


def message_words(function: int, length: int) -> int:
    """Return how many message code words carry `length` characters in `function`'s alphabet."""
    return (length * (7 if function else 4) + 19) // 20


def put_word(out: bytearray, slot: int, info: int) -> None:
    """Write the code word of `info` (21 bits) into `slot`, counted from the first batch's first.

    The sync word in front of a later batch is written with that batch's first slot.
    """
    at = 4 * (slot + slot // 16)
    if slot and slot & 15 == 0:
        _put(out, at - 4, _SYNC)
    _put(out, at, info)


def _put(out: bytearray, at: int, info: int) -> None:
    check = 0
    for shift in range(20, -1, -4):
        check = check << 4 & 0x3FF ^ _BCH[check >> 6 ^ info >> shift & 15]
    high = info >> 5
    low = (info & 31) << 11 | check << 1
    odd = high ^ low
    odd ^= odd >> 8
    odd ^= odd >> 4
    low |= _ODD >> (odd & 15) & 1
    out[at] = high >> 8
    out[at + 1] = high & 0xFF
    out[at + 2] = low >> 8
    out[at + 3] = low & 0xFF


def put_page(out: bytearray, slot: int, ric: int, function: int, text: bytes) -> int:
    """Write one page, its address into `slot`, its message directly after; return the next slot.

    Takes any 21-bit `ric` and any `slot`: only `encode` keeps to the frames and reserved RICs.
    Function 0 is numeric, 4 bits a character; any other is 7-bit text. Both go out low bit first.
    """
    put_word(out, slot, address(ric, function))
    width = 7 if function else 4
    held = bits = at = 0  # bits that wait for a word, the first on air lowest
    for _ in range(message_words(function, len(text))):
        while bits < 20:
            held |= _symbol(function, text, at) << bits
            bits += width
            at += 1
        info = 1  # the flag of a message, then 20 bits
        for shift in range(0, 20, 4):
            info = info << 4 | _REVERSED[held >> shift & 15]
        held >>= 20
        bits -= 20
        slot += 1
        put_word(out, slot, info)
    return slot + 1


def _symbol(function: int, text: bytes, at: int) -> int:
    """Return the bits of character `at`; beyond the end those of NUL, or of space if numeric."""
    char = text[at] if at < len(text) else 0 if function else 32
    if function:
        if char < 128:
            return char
    else:
        for digit in range(16):
            if _NUMERIC[digit] == char:
                return digit
    raise ValueError("pocsag: character")


def _check(ric: int, function: int, text: bytes) -> None:
    tone = text and 1 <= function <= 2  # which carries no text
    if tone or not _RIC_MIN <= ric <= _RIC_MAX or not 0 <= function <= 3:
        raise ValueError("pocsag: RIC or function")
    for at in range(len(text)):
        _symbol(function, text, at)


def _wait(ric: int, slot: int) -> int:
    """Return how many slots from `slot` to the next one of the frame of `ric` (two a batch)."""
    wait = 2 * (ric & 7) - slot & 15
    return 0 if wait == 15 else wait


def _soonest(pages: list[tuple[int, int, bytes]], left: int, slot: int) -> int:
    """Return which of the pages in the bit mask `left` can start first, of equals the earlier."""
    best = -1
    for index in range(len(pages)):
        if left >> index & 1:
            wait = _wait(pages[index][0], slot)
            if best < 0 or wait < _wait(pages[best][0], slot):
                best = index
    return best


def size(pages: list[tuple[int, int, bytes]]) -> int:
    """Return how many bytes `encode` needs for `pages`: 64, or 68 more for each further batch."""
    slot = 0
    left = (1 << len(pages)) - 1
    while left:
        index = _soonest(pages, left, slot)
        ric, function, text = pages[index]
        slot += _wait(ric, slot) + 1 + message_words(function, len(text))
        left ^= 1 << index
    # A message in the very last slot is followed by a batch of idles, else receivers would not
    # know that it ended: hence one more batch where the slots are just full.
    return 68 * (slot // 16 + 1) - 4


def encode(pages: list[tuple[int, int, bytes]], out: bytearray) -> int:
    """Pack `pages`, tuples (ric, function, text bytes), into one transmission; return its bytes.

    `out` receives the batches without the first sync word. At each free slot goes the page that
    can start soonest; unused slots are idle. ValueError, with `out` untouched: no page or more
    than 30, a RIC outside 1..1,999,999, a function outside 0..3, a character outside its
    alphabet, `out` too small.
    """
    for ric, function, text in pages:
        _check(ric, function, text)
    length = size(pages) if 1 <= len(pages) <= _PAGES_MAX else len(out) + 1
    if length > len(out):
        raise ValueError("pocsag: too long, or not 1..30 pages")
    slot = 0
    left = (1 << len(pages)) - 1
    while left:
        index = _soonest(pages, left, slot)
        ric, function, text = pages[index]
        start = slot + _wait(ric, slot)
        _idle(out, slot, start)
        slot = put_page(out, start, ric, function, text)
        left ^= 1 << index
    _idle(out, slot, (slot | 15) + 1)
    return length


def _idle(out: bytearray, slot: int, end: int) -> None:
    while slot < end:
        put_word(out, slot, _IDLE)
        slot += 1


def airtime_ms(length: int, bit_rate: int) -> int:
    """Return the time on air of `length` bytes from `encode` at `bit_rate` bits/s, rounded up.

    Counts the 576 bits of preamble and the first sync word (32 bits) that the chip sends itself.
    """
    return ((608 + 8 * length) * 1000 + bit_rate - 1) // bit_rate
