"""The boards we know, as data, and the drivers built on one of them. Needed at a start only.

Owns pin numbers and bus speeds. Never imports `machine`: its classes are handed in. A board with
other wiring is one more entry in BOARDS.

What decides a pin on the classic ESP32 (datasheet 2.2 and 3.2):
- 0, 2, 5, 12 and 15 are read at reset (strapping). Nothing may hold 0 low or 12 high then, and 2
  must be low or free when a program is loaded over the cable; 5 and 15 only matter to SDIO.
- 34 to 39 are inputs without pull-up: fit for an ADC, not for a key.
- 6 to 11 are the flash, on the ESP32-PICO-D4 of the T3 also 16 and 17; 1 and 3 are the cable.
"""

from luot.box import Board
from luot.drivers import sx127x_pocsag
from luot.drivers.battery import Battery
from luot.drivers.i2c_bus import I2cBus
from luot.drivers.keys import Keys
from luot.drivers.ssd1306 import SSD1306
from luot.drivers.sx127x import SX127x

# Rows: levels to set first, in this order, as (pin, level)
#       SX127x: SCK, MOSI, MISO, NSS, NRESET
#       I2C: SCL, SDA
#       keys: the expanders' /INT, then GPIO keys to ground
#       LED
#       battery: ADC pin, cell voltage / pin voltage as numerator and denominator
BOARDS = {
    "t3": (  # LILYGO T3 V1.6.1 433
        (),  # the OLED has no reset line of its own
        (5, 27, 19, 18, 23),  # DIO0 is on 26, DIO1 on 33, DIO2 on 32: not used
        (22, 21),
        (13, 4),  # 13 is the SD slot's select: leave that slot empty; 4 is free
        25,
        (35, 2, 1),  # two equal resistors on the board
    ),
    "heltec2": (  # Heltec WiFi LoRa 32 V2 433, in its later layout V2.1
        ((21, 0), (16, 0), (16, 1)),  # Vext on, for OLED and divider; OLED reset, 3 us are enough
        (5, 27, 19, 18, 14),
        (15, 4),  # 15 is a strapping pin: an idle bus holds it high, where it would be anyway
        (23, 22),  # 13 is the battery on a V2.0, and 32 and 33 carry a crystal
        25,
        (37, 16, 5),  # 220 and 100 kOhm on the board
    ),
    "devkit": (  # ESP32 DevKit with loose SX1278 and SSD1306 modules, wired as the T3
        (),
        (
            5,
            27,
            19,
            18,
            23,
        ),  # 5 is a strapping pin: SCK is an input of the module, it holds nothing
        (22, 21),
        (13, 4),
        2,  # on most DevKits; a strapping pin that the LED keeps low, as it must be
        (35, 2, 1),  # two equal resistors to be added, 100 kOhm each
    ),
}

_SPI_HZ = 2_000_000  # beyond that the SX127x's FSK FIFO is reported to garble


def build(machine, name: str, keypads: tuple[int, ...]) -> Board:
    """Return the board `name` of BOARDS with expanders at the I2C addresses `keypads`.

    `machine` is MicroPython's module of that name. No chip is spoken to yet.
    """
    _, radio, _, keys, led, (sense, num, den) = BOARDS[name]
    pin = machine.Pin
    i2c = _i2c(machine, name)
    sck, mosi, miso, cs, reset = radio
    spi = machine.SPI(1, baudrate=_SPI_HZ, sck=pin(sck), mosi=pin(mosi), miso=pin(miso))
    buttons = tuple([pin(number, pin.IN, pin.PULL_UP) for number in keys[1:]])
    board = Board(
        SX127x(spi, pin(cs, pin.OUT, value=1), pin(reset, pin.OUT, value=1)),
        sx127x_pocsag.table,
        SSD1306(i2c),
        Keys(buttons, i2c, keypads),
        Battery(machine.ADC(pin(sense), atten=machine.ADC.ATTN_11DB), num, den),
        pin(led, pin.OUT, value=0),
        machine.RTC(),
    )
    for button in buttons:
        button.irq(board.wake, pin.IRQ_FALLING | pin.IRQ_RISING)
    if keypads:  # open drain, low from a change until the expander is read
        pin(keys[0], pin.IN, pin.PULL_UP).irq(board.wake, pin.IRQ_FALLING)
    return board


def display(machine, name: str) -> SSD1306:
    """Return the display of a board alone: for a start that failed."""
    return SSD1306(_i2c(machine, name))


def _i2c(machine, name: str) -> I2cBus:
    """Set the levels that come first, and return the bus."""
    first, _, (scl, sda) = BOARDS[name][:3]
    pin = machine.Pin
    for number, level in first:
        pin(number, pin.OUT, value=level)
    return I2cBus(machine, scl, sda)
