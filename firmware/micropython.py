"""Host stand-in for the one name of MicroPython's own module that the firmware uses on a PC.

Never shipped: on the device the built-in `micropython` wins over a file of that name.
"""


def const(value: int) -> int:
    """Return `value`; on the device the compiler folds the name away."""
    return value
