"""One box on a real MicroPython: node runs the VM, this process runs the chips it talks to.

Owns the box's switch, its turns, and what a failure on either side means to the other. Must never
know what the firmware does, nor what an operation on a bus means (forward.py does).
"""

from struct import Struct

from sim.chips.machine import Machine
from sim.vm.forward import ASK, SEND, Forward
from sim.vm.image import bridge
from sim.vm.process import Process, VmError

_RESULT = Struct("<i")
_OK = _RESULT.pack(0)
_FAILED = -0x20000000  # plus an errno: the OSError of that errno, see inside/machine.py
_DONE = SEND | 1
_RAISED = SEND | 2
_FILE, _START, _CALL, _RUN = range(4)  # the commands of bridge.mjs
_TURN, _METERED, _WAKE, _LOCKED, _COLLECT, _LIVE, _FIRE = range(7)  # the calls of inside/turns.py
_BIGGEST = (1 << 30) - 1  # small int of a 32-bit MicroPython; more never crosses as a number


class FirmwareError(RuntimeError):
    """The firmware raised and did not catch it. The text: what, then MicroPython's traceback."""


class MicroPython:
    """One box's program in a MicroPython VM.

    `machine`: what its modules `machine` and `esp32` are, a sim.chips.machine.Machine.
    `files`: its file system at start, bytes by absolute path: image.firmware() and what else it
    needs; the modules of inside/ are added.
    `patience_s`: how long the VM may be silent before it counts as hung.

    What a twin raises during a call (PowerCut above all) kills the VM on the spot, as a power cut
    does, and goes on to the caller; but an OSError reaches the firmware, with the same errno.
    Edges are told to Pin.irq handlers before the next turn.
    """

    def __init__(
        self, machine: Machine, files: dict[str, bytes], patience_s: float = 60.0
    ) -> None:
        self._machine = machine
        self._files = bridge() | files
        self._patience_s = patience_s
        self._process: Process | None = None
        self.vm_us = 0  # of the last command, inside the VM: collection in, the buses out

    def boot(self) -> None:
        """Switch on and import main.py. Raises what `turn` raises."""
        self.kill()
        self._forward = Forward(self._machine)
        self._process = Process(self._patience_s)
        for path, content in self._files.items():
            name = path.encode()
            self._command(_FILE, len(name), 0, name + content)
        self._command(_START)

    def turn(self, now_ms: int) -> int:
        """One turn at box time `now_ms` (0 to 2^30 - 1); returns when to wake it next.

        Raises FirmwareError, VmError, or what a twin raised.
        """
        self._tell_edges()
        return self._call(_TURN, now_ms)

    def metered_turn(self, now_ms: int) -> tuple[int, int]:
        """As `turn`; returns (wake, bytes allocated on the heap less those freed explicitly)."""
        self._tell_edges()
        allocated = self._call(_METERED, now_ms)
        return self._call(_WAKE), allocated

    def locked_turn(self, now_ms: int) -> int:
        """As `turn`, but with the heap locked: any allocation is a MemoryError in the firmware."""
        self._tell_edges()
        return self._call(_LOCKED, now_ms)

    def live_heap(self) -> int:
        """Bytes alive after a collection: firmware, its state, and inside/*.py with them."""
        self._call(_COLLECT)
        return self._call(_LIVE)

    def run(self, snippet: str) -> str:
        """Run Python source in the VM's __main__; returns what it printed."""
        return self._command(_RUN, data=snippet.encode())[1].decode()

    def kill(self) -> None:
        """Pull the plug, if it is in."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def __enter__(self) -> "MicroPython":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _tell_edges(self) -> None:
        for handle in self._forward.edges():
            self._call(_FIRE, handle)

    def _call(self, which: int, argument: int = 0) -> int:
        if not 0 <= argument <= _BIGGEST:
            raise ValueError(f"only 0 to {_BIGGEST} can cross into the VM, not {argument}")
        return self._command(_CALL, argument, which)[0]

    def _command(self, op: int, a: int = 0, b: int = 0, data: bytes = b"") -> tuple[int, bytes]:
        """Have the VM do something and serve its buses meanwhile; returns (result, text)."""
        process = self._process
        if process is None:
            raise VmError("MicroPython is switched off: call boot() first")
        try:
            with process.dialogue():
                process.command(op, a, b, data)
                return self._serve(process)
        except FirmwareError:
            raise
        except BaseException:
            self.kill()
            raise

    def _serve(self, process: Process) -> tuple[int, bytes]:
        """Do what the firmware asks of its buses until its command is done."""
        forward = self._forward
        while True:
            record = process.receive()
            op, _, a, b, _, data = record
            if op == _DONE:
                self.vm_us = b
                return a, data
            if op == _RAISED:
                text = data.decode().strip()
                raise FirmwareError(text.rsplit("\n", 1)[-1] + "\n" + text)
            try:
                answer = forward(*record)
            except OSError as error:
                errno = next(iter(error.args), None)  # .errno is None in OSError(19)
                if not op & ASK or not isinstance(errno, int):
                    raise  # the firmware could not get it where the device's would
                answer = _FAILED + errno
            if op & ASK:
                process.answer(_RESULT.pack(answer) if isinstance(answer, int) else _OK + answer)
