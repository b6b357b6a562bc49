"""What the Python side calls: one turn of the firmware, plain or measured.

Owns nothing. Must never know what a turn does. To import it is to import main.py, which builds.
"""

import gc
import sys
from gc import mem_alloc

from machine import fire
from micropython import heap_lock, heap_unlock

# This port has a frozen `binascii` in Python, found before the one in C that a box has.
sys.path.remove(".frozen")

# Not `import main`: a type checker for the PC would follow it into the device's world.
_turn = __import__("main").turn
_last_wake = [0]


def turn(now: int) -> int:
    """One turn at box time `now`, ms; returns when to wake it next."""
    wake: int = _turn(now)
    if wake >> 30:
        raise ValueError("turn() returned a number beyond 30 bits")
    return wake


def metered(now: int) -> int:
    """One turn; returns the bytes it allocated, as nothing is collected while Python runs."""
    before = mem_alloc()
    _last_wake[0] = turn(now)
    size: int = mem_alloc() - before
    return size


def wake(_: int) -> int:
    """What the last metered turn returned."""
    return _last_wake[0]


def locked(now: int) -> int:
    """One turn that must not allocate: MemoryError if it does."""
    heap_lock()
    try:
        return turn(now)
    finally:
        heap_unlock()


def collect(_: int) -> int:
    """Ask for a collection; it takes place when this has returned to JavaScript."""
    gc.collect()
    return 0


def live(_: int) -> int:
    """Bytes on the heap."""
    size: int = mem_alloc()
    return size


_CALLS = (turn, metered, wake, locked, collect, live, fire)


def call(which: int, argument: int) -> int:
    """Call one of the above by its place in the tuple, as box.py numbers them."""
    return _CALLS[which](argument)
