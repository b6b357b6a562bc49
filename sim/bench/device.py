"""What the bench assumes: of the device, of this Python, and of the day that is played.

Owns the factors by which a figure measured here becomes one of the device. No firmware knows them.
"""

import sys

SLOWER = 20  # an ESP32 at 160 MHz against this VM, by MicroPython's own perf_bench: 11 to 20
GC_MS = 2  # a collection of a heap of 100 KiB without SPIRAM (MicroPython issue 8428)
FREE_BYTES = 16 * 1024  # allocated until a device collects
PACE = 0.12  # of service: four desks serve the real day's 3,365 people with it
VERSION = ".".join(map(str, sys.version_info[:3]))  # of this Python
