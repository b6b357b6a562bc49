"""The panel twin against the SSD1306 datasheet: addressing, mapping, light, and what is misuse."""

from collections.abc import Callable
from random import Random

import pytest

from sim.chips.clock import Clock
from sim.chips.ssd1306 import Ssd1306
from sim.chips.ssd1306_panel import Look
from sim.chips.ssd1306_ram import Ram

PICTURE = Random(3).randbytes(1024)
MODULE = bytes.fromhex("AE D5 80 A8 3F D3 00 40 8D 14 A1 C8 DA 12 81 CF D9 F1 DB 30 A4 A6")
WINDOW = bytes.fromhex("20 00 21 00 7F 22 00 07")


class Panel:
    """A twin, what it complained of, and how often its picture may have changed."""

    def __init__(self, setup: bytes = MODULE + WINDOW, on: bool = True) -> None:
        self.misuse: list[str] = []
        self.changes = 0
        self.clock = Clock()
        self.twin = Ssd1306(self.clock, self.misuse.append, self.count)
        self.command(setup)
        if on:
            self.data(PICTURE)
            self.command(b"\xaf")

    def count(self) -> None:
        self.changes += 1

    def command(self, data: bytes) -> None:
        self.twin.write(b"\x00" + data)

    def data(self, data: bytes) -> None:
        self.twin.write(b"\x40" + data)

    def dot(self, x: int, y: int) -> int:
        return self.twin.pixels()[(y >> 3) * 128 + x] >> (y & 7) & 1


def dots(picture: bytes) -> list[list[int]]:
    return [[picture[(y >> 3) * 128 + x] >> (y & 7) & 1 for x in range(128)] for y in range(64)]


PLAIN = dots(PICTURE)


def test_a_set_up_module_shows_the_buffer() -> None:
    panel = Panel()
    assert panel.twin.pixels() == PICTURE
    assert panel.misuse == []


def test_vertical_addressing_fills_pages_first() -> None:
    panel = Panel(MODULE + bytes.fromhex("20 01 21 00 7F 22 00 07"), on=False)
    panel.data(bytes(PICTURE[page * 128 + x] for x in range(128) for page in range(8)))
    panel.command(b"\xaf")
    assert panel.twin.pixels() == PICTURE
    assert panel.misuse == []


def test_page_addressing_stays_in_its_page() -> None:
    panel = Panel(MODULE, on=False)
    for page in range(8):
        panel.command(bytes((0xB0 | page, 0x0A, 0x17)))
        panel.data(PICTURE[page * 128 + 122 : page * 128 + 128])
        panel.data(PICTURE[page * 128 : page * 128 + 122])
    panel.command(b"\xaf")
    assert panel.twin.pixels() == PICTURE
    assert panel.misuse == []


@pytest.mark.parametrize("mode", ["00", "01"])
def test_a_window_wraps_onto_itself(mode: str) -> None:
    panel = Panel()
    panel.command(bytes.fromhex(f"20 {mode} 21 05 07 22 02 03"))
    panel.data(b"......abcdef")
    shown = bytearray(PICTURE)
    first, second = (b"abc", b"def") if mode == "00" else (b"ace", b"bdf")
    shown[2 * 128 + 5 : 2 * 128 + 8], shown[3 * 128 + 5 : 3 * 128 + 8] = first, second
    assert panel.twin.pixels() == bytes(shown)


def test_segment_remap_mirrors_only_what_is_written_after_it() -> None:
    panel = Panel(MODULE + WINDOW + b"\xa0")
    assert dots(panel.twin.pixels()) == [row[::-1] for row in PLAIN]
    panel.command(b"\xa1")
    assert dots(panel.twin.pixels()) == [row[::-1] for row in PLAIN]
    panel.data(PICTURE)
    assert panel.twin.pixels() == PICTURE


# Rows of table 10-2 and 10-3: command, and which RAM line each panel row shows (None: dark).
LINES: list[tuple[str, Callable[[int], int | None]]] = [
    ("C0", lambda y: 63 - y),
    ("48", lambda y: (y + 8) % 64),
    ("D3 08", lambda y: (y + 8) % 64),
    ("A8 2F", lambda y: y - 16 if y >= 16 else None),
    ("A8 2F D3 08", lambda y: y - 8 if 8 <= y < 56 else None),
    ("C0 D3 08", lambda y: (63 - y + 8) % 64),
    ("C0 A8 2F", lambda y: 63 - y if y >= 16 else None),
]


@pytest.mark.parametrize(("commands", "line"), LINES)
def test_rows_are_mapped_as_in_table_10_3(
    commands: str, line: Callable[[int], int | None]
) -> None:
    panel = Panel()
    panel.command(bytes.fromhex(commands))
    want = [PLAIN[at] if (at := line(y)) is not None else [0] * 128 for y in range(64)]
    assert dots(panel.twin.pixels()) == want


def test_inverse_all_on_off_and_no_pump() -> None:
    panel = Panel()
    for command, picture in (
        (b"\xa7", bytes(b ^ 0xFF for b in PICTURE)),
        (b"\xa5", b"\xff" * 1024),
        (b"\xa4\xa6", PICTURE),
        (b"\x8d\x10", bytes(1024)),
        (b"\x8d\x14", PICTURE),
        (b"\xae", bytes(1024)),
    ):
        panel.command(command)
        assert panel.twin.pixels() == picture


def test_control_bytes_switch_between_commands_and_data() -> None:
    panel = Panel()
    panel.twin.write(b"\x80\x21\x80\x03\x80\x7f\xc0A\x40BC")
    assert panel.twin.pixels()[3:6] == b"ABC"
    panel.twin.write(b"\x80\xb0")
    panel.twin.write(b"\x41\x00")
    assert "control byte 0x41" in panel.misuse[1]


def test_a_command_may_come_in_several_transfers() -> None:
    panel = Panel()
    panel.command(b"\x81")
    panel.command(b"\x42")
    assert panel.twin.contrast == 0x42
    panel.command(b"\x81")
    panel.data(b"x")
    assert panel.misuse == ["ssd1306: data while command 81h lacks parameters"]


def test_ram_is_noise_until_written() -> None:
    panel = Panel(on=False)
    panel.command(b"\xaf")
    assert 2000 < int.from_bytes(panel.twin.pixels()).bit_count() < 6000
    panel.data(PICTURE[:128])
    assert panel.twin.pixels()[:128] == PICTURE[:128]
    assert panel.twin.pixels() != PICTURE


def test_changes_are_told_once_per_transfer_and_only_in_the_light() -> None:
    panel = Panel(on=False)
    panel.changes = 0
    panel.data(PICTURE)
    assert panel.changes == 0
    panel.command(b"\xa4\xa6\xaf")
    panel.data(PICTURE)
    panel.command(b"\x21\x00\x7f")
    panel.command(b"\xe3" + MODULE)
    assert panel.changes <= 4
    before = panel.changes
    panel.command(b"\xaf")
    panel.data(b"A")
    assert panel.changes == before + 2


def test_current_follows_light_and_contrast() -> None:
    panel = Panel()
    panel.command(b"\x81\xff")
    text = Random(5).sample(range(8192), 1200)
    panel.data(bytes(sum((at * 8 + bit in text) << bit for bit in range(8)) for at in range(1024)))
    assert 5_000 < panel.twin.meter.microamps < 10_000
    panel.command(b"\xa5")
    assert 20_000 < panel.twin.meter.microamps < 30_000
    bright = panel.twin.meter.microamps
    panel.command(b"\x81\x10")
    assert panel.twin.meter.microamps < bright
    panel.command(b"\xae")
    assert panel.twin.meter.microamps <= 10


def test_status_tells_whether_it_is_off() -> None:
    panel = Panel()
    assert panel.twin.read(2) == b"\x00\x00"
    panel.command(b"\xae")
    assert panel.twin.read(1) == b"\x40"


@pytest.mark.parametrize(
    ("commands", "note"),
    [
        ("FF", "unknown command FFh"),
        ("2F", "2Fh before any scroll"),
        ("26 00 04 00 03 00 FF", "26h with 00h .. FFh"),
        ("26 00 00 00 07 00 00", "26h with 00h .. 00h"),
        ("A3 20 30", "A3h with 20h .. 30h"),
        ("23 10", "23h with 10h"),
        ("D6 02", "D6h with 02h"),
        ("B3", "B3h outside page addressing"),
        ("20 02 21 00 7F", "21h in page addressing"),
        ("20 02 18", "beyond column 127"),
        ("20 03", "20h with 03h"),
        ("21 08 07", "21h with 08h .. 07h"),
        ("22 00 08", "22h with 00h .. 08h"),
        ("8D 15", "8Dh with 15h"),
        ("A8 05", "A8h with 05h"),
        ("D3 40", "D3h with 40h"),
        ("D9 0F", "D9h with 0Fh"),
        ("DA 02", "DAh with 02h"),
        ("DB 31", "DBh with 31h"),
        ("8D 10 AF", "without the charge pump"),
    ],
)
def test_misuse_is_noted(commands: str, note: str) -> None:
    panel = Panel()
    panel.command(bytes.fromhex(commands))
    assert len(panel.misuse) == 1
    assert note in panel.misuse[0]


def test_data_before_set_up_is_misuse() -> None:
    panel = Panel(b"", on=False)
    panel.data(b"x")
    assert panel.misuse == ["ssd1306: data before the panel was initialised (no 8Dh yet)"]


# What goes on by itself, and what a chip may do to whoever believes in it.


def rows_of(panel: Panel) -> list[list[int]]:
    return dots(panel.twin.pixels())


def frames(panel: Panel, n: int) -> None:
    """Let so many frames pass, and a little."""
    panel.clock.spend(int(1e6 * (n + 0.5) / panel.twin.look.frames_hz))


def test_it_drives_some_90_frames_a_second() -> None:
    assert 80 < Panel().twin.look.frames_hz < 110


@pytest.mark.parametrize(("command", "dx"), [("26", 1), ("27", -1)])
def test_a_scroll_moves_pages_by_a_column_at_each_of_its_frames(command: str, dx: int) -> None:
    panel = Panel()
    panel.command(bytes.fromhex(f"{command} 00 02 04 03 00 FF 2F"))
    for steps in (0, 1, 2, 9):
        frames(panel, 3 * steps - 3 * max(0, steps - 1) if steps < 3 else 21)
        moved = steps * dx
        for y, row in enumerate(rows_of(panel)):
            want = PLAIN[y][-moved:] + PLAIN[y][:-moved] if 16 <= y < 32 and moved else PLAIN[y]
            assert row == want, (steps, y)
    panel.command(b"\x2e")
    frames(panel, 100)
    assert rows_of(panel)[16] != PLAIN[16], "the RAM itself has moved"
    panel.command(WINDOW)
    panel.data(PICTURE)
    assert rows_of(panel) == PLAIN
    assert panel.misuse == []


def test_a_vertical_scroll_moves_the_rows_of_its_area() -> None:
    panel = Panel()
    panel.command(bytes.fromhex("A3 10 20 29 00 00 04 00 02 2F"))
    frames(panel, 6)
    want = PLAIN[:16] + PLAIN[20:48] + PLAIN[16:20] + PLAIN[48:]
    assert rows_of(panel)[8:] == want[8:]
    panel.data(b"x")
    assert panel.misuse == ["ssd1306: data while it scrolls (10.2.2)"]


def test_fading_ends_in_the_dark_and_blinking_comes_back() -> None:
    panel = Panel()
    panel.command(b"\x23\x20")
    assert panel.twin.pixels() == PICTURE
    frames(panel, 8 * 16)
    assert panel.twin.pixels() == bytes(1024)
    panel.command(b"\x23\x30")
    frames(panel, 8 * 16)
    assert panel.twin.pixels() == bytes(1024)
    frames(panel, 8 * 16)
    assert panel.twin.pixels() == PICTURE
    panel.command(b"\x23\x00")
    assert panel.misuse == []


def test_zoom_fills_two_rows_with_one() -> None:
    panel = Panel()
    panel.command(b"\xd6\x01")
    assert rows_of(panel) == [PLAIN[y // 2] for y in range(64)]


@pytest.mark.parametrize(
    ("pins", "line"),
    [
        ("32", lambda y: y ^ 1),
        ("02", lambda y: 63 - ((63 - y & 1) * 32 + (63 - y >> 1))),
        ("22", lambda y: 63 - ((y & 1) * 32 + (63 - y >> 1))),
    ],
)
def test_other_com_pins_mix_up_the_rows(pins: str, line: Callable[[int], int]) -> None:
    panel = Panel()
    panel.twin.upset(bytes.fromhex("DA" + pins))
    assert rows_of(panel) == [PLAIN[line(y)] for y in range(64)]


def rows_are_exchanged() -> None:
    test_other_com_pins_mix_up_the_rows("32", lambda y: y ^ 1)


@pytest.mark.parametrize("commands", ["81 05", "D5 8F"])
def test_what_is_too_pale_or_flickers_cannot_be_read(commands: str) -> None:
    panel = Panel()
    panel.command(bytes.fromhex(commands))
    assert panel.twin.pixels() == bytes(1024)


@pytest.mark.parametrize("commands", ["81 40", "D9 11", "DB 00"])
def test_less_light_takes_less_current(commands: str) -> None:
    panel = Panel()
    before = panel.twin.meter.microamps
    panel.command(bytes.fromhex(commands))
    assert panel.twin.pixels() == PICTURE
    assert panel.twin.meter.microamps < before


def test_an_upset_shows_at_once_and_is_nobodys_misuse_until_it_is_switched_on() -> None:
    panel = Panel()
    before = panel.changes
    panel.twin.upset(b"\xa7\x20")
    assert panel.twin.pixels() == bytes(b ^ 0xFF for b in PICTURE)
    assert panel.changes == before + 1
    panel.data(b"x")
    panel.command(b"\xff")
    assert panel.misuse == []
    panel.command(b"\xe3\xaf\xff")
    assert len(panel.misuse) == 1


def test_a_reset_forgets_registers_and_keeps_the_ram() -> None:
    panel, fresh = Panel(), Panel(b"", on=False)
    assert panel.twin.registers != fresh.twin.registers
    panel.twin.reset()
    assert panel.twin.registers == fresh.twin.registers
    assert panel.twin.pixels() == bytes(1024)
    panel.command(MODULE + b"\xaf")
    assert panel.twin.pixels() == PICTURE


def test_what_a_deaf_one_is_sent_is_lost() -> None:
    panel = Panel()
    panel.twin.deafen(panel.clock.now + 1000)
    panel.command(b"\xa7")
    assert panel.twin.pixels() == PICTURE
    panel.clock.spend(1000)
    panel.command(b"\xa7")
    assert panel.twin.pixels() != PICTURE


def test_spoilt_ram_is_seen() -> None:
    panel = Panel()
    panel.twin.spoil(130, b"ab")
    assert panel.twin.pixels() == PICTURE[:130] + b"ab" + PICTURE[132:]


@pytest.mark.parametrize(
    ("holder", "name", "fault", "check"),
    [
        (Look, "_row", lambda look, ram, y: 0, test_inverse_all_on_off_and_no_pump),
        (Look, "lit", True, test_inverse_all_on_off_and_no_pump),
        (Look, "_driven", lambda look, pin: pin, rows_are_exchanged),
        (
            Look,
            "_faded",
            lambda look, now: 1.0,
            test_fading_ends_in_the_dark_and_blinking_comes_back,
        ),
        (
            Ram,
            "window",
            lambda ram, *_: True,
            test_control_bytes_switch_between_commands_and_data,
        ),
        (Ram, "_advance", lambda ram, *_: None, test_page_addressing_stays_in_its_page),
        (Ram, "point", lambda ram, byte: None, test_page_addressing_stays_in_its_page),
        (Ssd1306, "_measure", lambda panel: None, test_current_follows_light_and_contrast),
    ],
)
def test_a_fault_is_caught(
    holder: type,
    name: str,
    fault: object,
    check: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holder, name, fault)
    with pytest.raises(AssertionError):
        check()
