"""The tamper-evident chain over the journal's events, and seals under the station's key.

value(n) = SHA-256(value(n - 1) || bytes 4..27 of event n), cut to 20 bytes; value(0) is zero. Slot
sequences are not in it, since a copy of an event lies in another slot. What it cannot show is said
in SPEC.md 2.6. HMAC as RFC 2104.
"""

from hashlib import sha256

from luot.core.records import AT_CRC, AT_ORDINAL
from micropython import const

SIZE = const(20)
SEAL = const(8)  # bytes of a seal: forging one takes the key or 2**63 tries
_BLOCK = const(64)


def link(value: bytes | bytearray, record: bytearray) -> bytes:
    """Return the chain's value after the event in `record`."""
    digest = sha256(value)
    digest.update(memoryview(record)[AT_ORDINAL:AT_CRC])
    return digest.digest()[:SIZE]


def hmac(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256(key, message), 32 bytes."""
    if len(key) > _BLOCK:
        key = sha256(key).digest()
    key = key + bytes(_BLOCK - len(key))
    inner = sha256(bytes([x ^ 0x36 for x in key]))
    inner.update(message)
    outer = sha256(bytes([x ^ 0x5C for x in key]))
    outer.update(inner.digest())
    return outer.digest()
