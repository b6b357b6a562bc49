"""The node process that holds a MicroPython, and the records that go to and fro.

Owns two pipes, the shape of a record (bridge.mjs has the same), and the process's life. Must never
know what a record means.

Both ends hand over to each other thousands of times a second and never work at once. On one
processor that costs 4 us; on two the sleeping one must be woken first, 15 to 80 us. Hence both are
tied to the processor this one is on for the length of a dialogue.
"""

import ctypes
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from struct import Struct
from typing import NamedTuple

from sim.vm.forward import SEND
from sim.vm.node import HERE, node

_HEADER = Struct("<BxHiiI")
_READ_BYTES = 1 << 16

_current_processor = ctypes.CDLL(None).sched_getcpu


class VmError(RuntimeError):
    """The VM is gone or does not answer. The text is one line."""


class Record(NamedTuple):
    """`op` says what it is and whether `size` bytes of `data` came along."""

    op: int
    handle: int
    a: int
    b: int
    size: int
    data: bytes


class Process:
    """One node running bridge.mjs. `patience_s`: how long it may be silent before it is hung."""

    def __init__(self, patience_s: float) -> None:
        self._patience_ms = int(patience_s * 1000)
        bridge = [node(), str(HERE / "bridge.mjs")]
        vm_in, self._out = os.pipe()
        self._in, vm_out = os.pipe()
        self._node = subprocess.Popen(bridge, stdin=vm_in, stdout=vm_out)
        os.close(vm_in)
        os.close(vm_out)
        self._heard = select.poll()
        self._heard.register(self._in, select.POLLIN)
        self._buffer = b""
        self._at = 0

    @contextmanager
    def dialogue(self) -> Iterator[None]:
        """While it lasts, both processes share one processor; the system chooses it each time."""
        allowed = os.sched_getaffinity(0)
        here = {_current_processor()}
        os.sched_setaffinity(0, here)
        with suppress(ProcessLookupError):  # it may have died; the dialogue will tell
            os.sched_setaffinity(self._node.pid, here)
        try:
            yield
        finally:
            os.sched_setaffinity(0, allowed)

    def command(self, op: int, a: int, b: int, data: bytes) -> None:
        """Send one record to the VM; what it answers is to be received."""
        self.answer(_HEADER.pack(op, 0, a, b, len(data)) + data)

    def answer(self, data: bytes) -> None:
        """Send bytes the VM is waiting for."""
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            raise self._lost() from None

    def receive(self) -> Record:
        """The next record from the VM, waited for; VmError if none comes."""
        self._need(_HEADER.size)
        op, handle, a, b, size = _HEADER.unpack_from(self._buffer, self._at)
        begin = self._at + _HEADER.size
        end = begin
        if op & SEND and size:
            self._need(_HEADER.size + size)
            begin = self._at + _HEADER.size
            end = begin + size
        self._at = end
        return Record(op, handle, a, b, size, self._buffer[begin:end])

    def kill(self) -> None:
        """Pull the plug: not one instruction more is executed."""
        self._node.kill()
        self._node.wait()
        os.close(self._out)
        os.close(self._in)

    def _need(self, size: int) -> None:
        """Have at least `size` unread bytes in the buffer."""
        if len(self._buffer) - self._at >= size:
            return
        self._buffer = self._buffer[self._at :]
        self._at = 0
        while len(self._buffer) < size:
            if not self._heard.poll(self._patience_ms):
                raise VmError(f"MicroPython hangs: no sign of life for {self._patience_ms} ms")
            more = os.read(self._in, _READ_BYTES)
            if not more:
                raise self._lost()
            self._buffer += more

    def _lost(self) -> VmError:
        return VmError(f"MicroPython died: node ended with exit code {self._node.wait()}")
