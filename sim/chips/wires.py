"""The nets between the ESP32's pins and what hangs on them: levels, pulls, edges.

Owns the ESP32's end of each net: direction, pull resistor, output latch, interrupt.
Must never know what hangs on a net, nor which program runs.
"""

from collections.abc import Callable

# GPIO_MODE_INPUT, _INPUT_OUTPUT, _INPUT_OUTPUT_OD: the esp32 port's numbers
IN, OUT, OPEN_DRAIN = 1, 3, 7
PULL_DOWN, PULL_UP = 1, 2
RISING, FALLING = 1, 2  # GPIO_INTR_POSEDGE, GPIO_INTR_NEGEDGE
_INPUT_ONLY = 34  # 34 to 39: no output drivers, no pull resistors (ESP32 datasheet 2.2)

Misuse = Callable[[str], None]
Source = Callable[[], int | None]


def open_drain(*outputs: Source) -> Source:
    """One net of several open-drain outputs: 0 while any pulls it down, else None, released."""
    return lambda: 0 if any(output() == 0 for output in outputs) else None


class Wire:
    """One net between an ESP32 pin and what hangs on it.

    `source()` is the level put on it by others, None while nobody drives it (then the pin's own
    pull resistor decides); `sink(level)` is told each level the ESP32 drives.
    """

    # fmt: off
    __slots__ = (
        "source", "sink", "_pin", "_misuse", "_wake", "_mode", "_pull", "_latch", "_driven",
        "_seen", "_handler", "_trigger",
    )
    # fmt: on

    def __init__(
        self, source: Source | None = None, sink: Callable[[int], None] | None = None
    ) -> None:
        self.source = source
        self.sink = sink
        self.attach(-1, lambda text: None, lambda: None)

    def attach(self, pin: int, misuse: Misuse, wake: Callable[[], None]) -> None:
        """The ESP32 has started: its end of the net floats and no interrupt is set."""
        self._pin = pin
        self._misuse = misuse
        self._wake = wake
        self._mode = self._pull = self._latch = self._trigger = 0
        self._driven: int | None = None
        self._seen = 0
        self._handler: Callable[[], None] | None = None

    def setup(self, mode: int, pull: int, value: int | None) -> None:
        """As Pin(): -1 and None leave a setting as it is; ValueError for output on 34 to 39."""
        if value is not None:
            self._latch = 1 if value else 0
        if pull != -1:
            if pull and self._pin >= _INPUT_ONLY:
                self._misuse(f"machine: pin {self._pin} has no pull resistors")
                pull = 0
            self._pull = pull
        if mode in (OUT, OPEN_DRAIN) and self._pin >= _INPUT_ONLY:
            self._misuse(f"machine: pin {self._pin} is input only, it cannot drive")
            raise ValueError("pin can only be input")
        if mode != -1:
            self._mode = mode
        if self._mode in (OUT, OPEN_DRAIN):
            self._drive(self._latch)

    def read(self) -> int:
        """The level the pin sees, 0 or 1."""
        if self._mode == IN:
            source = self.source
            level = source() if source is not None else self._outside()
            if level is not None:
                return level
            if not self._pull:
                self._misuse(f"machine: pin {self._pin} floats: nobody drives it, no pull")
            return 1 if self._pull == PULL_UP else 0
        if self._mode == OUT:
            return self._latch
        if self._mode == OPEN_DRAIN:
            return self._latch if self._outside() is None else 0
        self._misuse(f"machine: pin {self._pin} is read before it was made an input")
        return 0

    def drive(self, level: int) -> None:
        """Set the output latch; the net follows only if the pin is an output."""
        self._latch = 1 if level else 0
        if self._mode in (OUT, OPEN_DRAIN):
            self._drive(self._latch)
        else:
            self._misuse(f"machine: pin {self._pin} is written but is no output")

    def irq(self, handler: Callable[[], None] | None, trigger: int) -> None:
        """From now on edges that match `trigger` call `handler`, then wake the box."""
        self._handler = handler
        self._trigger = trigger
        self._seen = self._settle(self._outside())

    def edge(self, level: int | None) -> None:
        """The net is now at `level`; if the ESP32 had seen another one, this is an edge."""
        level = self._settle(level)
        if level == self._seen:
            return
        self._seen = level
        if self._handler is not None and self._trigger & (RISING if level else FALLING):
            self._handler()
            self._wake()

    def changed(self) -> None:
        """The source may have changed: look at it. Fit as a chip's own callback."""
        self.edge(self.source() if self.source is not None else None)

    def _settle(self, level: int | None) -> int:
        if level is None:
            return 1 if self._pull == PULL_UP else 0
        return level

    def _outside(self) -> int | None:
        if self.source is not None:
            return self.source()
        self._misuse(f"machine: pin {self._pin} is read, but nothing on it can be read")
        return None

    def _drive(self, level: int) -> None:
        if level == self._driven:
            return
        self._driven = level
        if self.sink is not None:
            self.sink(level)
        elif self.source is not None:
            self._misuse(f"machine: pin {self._pin} drives against what drives it")
        else:
            self._misuse(f"machine: pin {self._pin} drives nothing")
