"""The only file that touches the real machine: build the box, then turn for ever.

After a fault of our own the box says what and where, and restarts: the journal has the line.
"""

import gc
import os
import sys
import time

import esp32
import machine
from luot.box import Code, Files
from luot.drivers.norflash import NorFlash
from luot.roles.station import Station

SHORT_WAIT_MS = 20  # a shorter wait is not ended by a key: debouncing wants its time
code = Code(sys.modules)  # resident is what is loaded by now
import luot.board
import luot.core.settings.schema

settings = luot.core.settings.schema.read(open, "/settings.txt")
board = luot.board.build(machine, settings.board, luot.core.settings.schema.keypads(settings))
found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")
station = Station(settings, board, NorFlash(found[0] if found else None), Files(open, os))


def turn(now: int) -> int:
    """Do what is due at `now`, ms since start-up; return when to be called again."""
    board.woken = False
    wake = station.step(now)
    if station.may_drop:
        code.drop()
    return wake


def run() -> None:
    """Turn for ever; between turns wait as told, or until a key moves."""
    machine.freq(160_000_000)
    now, wake, interruptible, ticks = 0, 0, False, time.ticks_ms()
    while True:
        before, ticks = ticks, time.ticks_ms()
        now += time.ticks_diff(ticks, before)
        if now < wake and not (interruptible and board.woken):
            machine.idle()
            continue
        wake = turn(now)
        interruptible = wake - now > SHORT_WAIT_MS
        if interruptible:
            gc.collect()


if __name__ == "__main__":
    try:
        run()
    except Exception as error:
        sys.print_exception(error)
        import luot.failing

        luot.failing.start_later(machine, time, open, error)
