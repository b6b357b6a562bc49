"""PCF8574 port expander: eight quasi-bidirectional pins on I2C, and a shared interrupt line.

Owns the output latch, what the pins read, and /INT. Transcribed from the NXP and TI datasheets
(sections "Quasi-bidirectional I/Os" and "Interrupt output").
Must never know what is wired to its pins.

The plain PCF8574 is a 100 kHz part; PCA8574, the same in all else, takes 400 kHz. How fast the
bus may run is the bus's to say (`I2cBus.max_hz`).
"""

from collections.abc import Callable, Sequence


class Pcf8574:
    """One expander, just powered: all pins high through a weak current source.

    `inputs[i]()` is what drives pin i: 0 a contact to ground, None nobody; missing ones are bare.
    `interrupt_changed()` is called when /INT may have moved. Whoever moves an input calls
    `input_changed`. `rubbish`: what a broken one answers whatever its pins are, None a sound one.
    """

    def __init__(
        self,
        inputs: Sequence[Callable[[], int | None]],
        misuse: Callable[[str], None],
        interrupt_changed: Callable[[], None] = lambda: None,
    ) -> None:
        if len(inputs) > 8:
            raise ValueError(f"{len(inputs)} inputs on eight pins")
        self.inputs = list(inputs)
        self.interrupt_changed = interrupt_changed
        self.rubbish: int | None = None
        self._misuse = misuse
        self._latch = 0xFF
        self._known = 0xFF  # the port as it was at the last read or write

    def write(self, data: bytes) -> None:
        """Set the latch, byte after byte; a 0 pulls its pin down hard. Resets /INT."""
        for byte in data:
            self._latch = byte
            self._acknowledge()

    def read(self, n: int) -> bytes:
        """The pins, `n` times over. Resets /INT."""
        if self._latch == 0:
            self._misuse("pcf8574: read while every pin is driven low, nothing can be seen")
        self._acknowledge()
        return bytes((self._known if self.rubbish is None else self.rubbish,)) * n

    def port(self) -> int:
        """Levels of the eight pins now, bit i for pin i."""
        levels = self._latch
        for pin, source in enumerate(self.inputs):
            if source() == 0:
                levels &= ~(1 << pin)
        return levels

    def interrupt(self) -> int | None:
        """/INT, open drain: 0 while an input differs from what was last read, else None.

        An input that comes back by itself releases it too: the edge is then lost.
        """
        return 0 if (self.port() ^ self._known) & self._latch else None

    def input_changed(self) -> None:
        """An input may have moved."""
        self.interrupt_changed()

    def _acknowledge(self) -> None:
        self._known = self.port()
        self.interrupt_changed()
