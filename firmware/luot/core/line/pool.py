"""Containers of numbered things, small enough for a small machine.

A pool hands out what was returned longest ago: a list threaded through one flat array, nothing is
allocated after the start. What few of many have is kept for the price of the few.
"""

from array import array

from micropython import const

_OUT = const(0xFFFF)


class Pool:
    """The numbers 1..size; `free` of them are in, `first` is the next to hand out (0 none)."""

    def __init__(self, size: int) -> None:
        """Make a full pool, 1 first; size 1..65534."""
        self.size = size
        self._after = array("H", bytes(2 * (size + 1)))
        self.fill()

    def fill(self) -> None:
        """Put everything back, in the order of the numbers."""
        for n in range(1, self.size):
            self._after[n] = n + 1
        self._after[self.size] = 0
        self.first = 1
        self._last = self.size
        self.free = self.size

    def empty(self) -> None:
        """Take everything out."""
        for n in range(1, self.size + 1):
            self._after[n] = _OUT
        self.first = self._last = self.free = 0

    def has(self, n: int) -> bool:
        """Say whether n is in."""
        return 0 < n <= self.size and self._after[n] != _OUT

    def take(self, n: int) -> None:
        """Take n out; nothing happens when it is out already."""
        if not self.has(n):
            return
        before, here = 0, self.first
        while here != n:
            before, here = here, self._after[here]
        if before:
            self._after[before] = self._after[n]
        else:
            self.first = self._after[n]
        if self._last == n:
            self._last = before
        self._after[n] = _OUT
        self.free -= 1

    def give(self, n: int) -> None:
        """Put n back, behind all others; nothing happens when it is in already."""
        if not 0 < n <= self.size or self._after[n] != _OUT:
            return
        self._after[n] = 0
        if self._last:
            self._after[self._last] = n
        else:
            self.first = n
        self._last = n
        self.free += 1

    def after(self, n: int) -> int:
        """Return who is handed out after n, 0 at the end."""
        return self._after[n]


class Rare:
    """Numbers by slot, 0 unless set."""

    def __init__(self) -> None:
        self._set: dict[int, int] = {}

    def __getitem__(self, slot: int) -> int:
        """Return the number of a slot."""
        return self._set.get(slot, 0)

    def __setitem__(self, slot: int, number: int) -> None:
        """Set the number of a slot; one of 0 takes no room."""
        if number:
            self._set[slot] = number
        else:
            self._set.pop(slot, None)


class Places:
    """Places by slot: twice the arrival, but for the few who came back."""

    def __init__(self, arrivals: "array[int]") -> None:
        """`arrivals` by slot: read each time, so that an ordinary place needs no room."""
        self._arrivals = arrivals
        self._moved = Rare()

    def __getitem__(self, slot: int) -> int:
        """Return the place of a slot."""
        return self._moved[slot] or 2 * self._arrivals[slot]

    def __setitem__(self, slot: int, place: int) -> None:
        """Set the place of a slot; that of an arrival takes no room."""
        self._moved[slot] = place if place != 2 * self._arrivals[slot] else 0
