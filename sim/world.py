"""One seed, one clock, one heap: discrete events and the chronicle of what happened.

Owns time (integer microseconds since midnight) and order of events; never knows what they mean.
The same seed gives the same chronicle, byte for byte.
"""

import hashlib
import heapq
from collections.abc import Callable
from random import Random

SECOND_US = 1_000_000


class Chronicle:
    """Everything that was simulated, as lines; kept only as a hash unless a sink is given."""

    def __init__(self, sink: Callable[[str], None] | None = None) -> None:
        self._hash = hashlib.sha256()
        self._sink = sink

    def note(self, time_us: int, line: str) -> None:
        """Add `line`, which happened at `time_us`."""
        text = f"{time_us} {line}\n"
        self._hash.update(text.encode())
        if self._sink is not None:
            self._sink(text)

    def sha256(self) -> str:
        """Return the hash of all lines so far, hexadecimal."""
        return self._hash.hexdigest()


class World:
    """The event loop: its heap holds (time, serial, action), so equal times are first come."""

    def __init__(
        self, seed: int, start_us: int = 0, sink: Callable[[str], None] | None = None
    ) -> None:
        self.seed = seed
        self.now = start_us
        self.chronicle = Chronicle(sink)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = 0

    def rng(self, name: str) -> Random:
        """Return the random numbers of one part, whatever the other parts draw."""
        return Random(f"{self.seed}/{name}")

    def at(self, time_us: int, action: Callable[[], None]) -> None:
        """Have `action` called at `time_us`, or now if that is past."""
        self._serial += 1
        heapq.heappush(self._heap, (max(time_us, self.now), self._serial, action))

    def after(self, us: int, action: Callable[[], None]) -> None:
        """Have `action` called `us` from now."""
        self.at(self.now + us, action)

    def note(self, line: str) -> None:
        """Write a line of the chronicle, dated now."""
        self.chronicle.note(self.now, line)

    def run(self, done: Callable[[], bool]) -> None:
        """Let events happen until `done()` or until nothing is left to happen."""
        heap = self._heap
        while heap and not done():
            self.now, _, action = heapq.heappop(heap)
            action()
