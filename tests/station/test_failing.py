"""A start that failed says why, on the display if it can, and tries again, later each time.

FAULTS names what would break each promise, and that its test then fails.
"""

from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from types import SimpleNamespace
from typing import IO, Any

import pytest

from luot import failing
from luot.core.failure import StartError
from luot.core.journal import journal
from luot.core.journal.ring import JournalError
from luot.core.line.order import Order
from luot.drivers.norflash import NorFlash
from luot.roles import station
from sim import ROOT
from tests.faults.seeded import found_by
from tests.rigs.board import WIRING, Bench
from tests.rigs.station import HOLD_MS, Table, gone, issued, read, said

DATA = ROOT / "firmware/luot"


class Files:
    """A box's files as `open` finds them; what is not there is not there."""

    def __init__(self, settings: str = "", missing: tuple[str, ...] = ()) -> None:
        self.settings = settings
        self.missing = missing

    def __call__(self, name: str, mode: str = "r") -> IO[Any]:
        stem = name.rpartition("/")[2]
        if stem in self.missing:
            raise OSError(2, "ENOENT")
        settings = stem == "settings.txt"
        assert name == ("/settings.txt" if settings else f"/lib/luot/{stem}")
        content = BytesIO(self.settings.encode() if settings else (DATA / stem).read_bytes())
        return content if "b" in mode else TextIOWrapper(content, "utf-8")


def shown(error: Exception, files: Files, board: str = "t3") -> str:
    """What stands on the display after an error, and how long the pause is: the first one."""
    bench = Bench(board)
    assert failing.tell(bench.machine, files, error, 500) == 3_000
    assert bench.misuses == []
    return " ".join(line.text for line in read(bench.panel.pixels()))


ERRORS: list[tuple[Exception, str, str]] = [
    (ImportError("no module named 'luot.core'"), "Thiếu tệp ImportError: no", "Files missing"),
    (OSError(2), "Thiếu tệp OSError: 2", "Files missing OSError: 2"),
    (MemoryError(), "Thiếu bộ nhớ MemoryError", "Out of memory MemoryError"),
    (ValueError("invalid pin"), "Lỗi khởi động ValueError:", "Start failed ValueError:"),
    (KeyError("t9"), "Lỗi khởi động KeyError: 't9'", "Start failed KeyError: 't9'"),
    (OSError("norflash: blocks"), "Lỗi khởi động OSError: norflash: blocks", "Start failed"),
    (StartError("settings.bad", "pagers = 0"), "Sai cài đặt pagers = 0", "Bad setting pagers"),
    (StartError("store.none", "journal"), "Không có journal journal", "No journal row journal"),
]


def an_error_is_shown_in_words() -> None:
    for error, vietnamese, english in ERRORS:
        assert shown(error, Files()).startswith(vietnamese)
        assert shown(error, Files("language = en\n")).startswith(english)


def it_is_shown_on_the_board_that_there_is() -> None:
    for board in WIRING:
        assert "Thiếu" in shown(MemoryError(), Files(f"board = {board}\n"), board)


def without_words_or_settings_it_is_shown_in_the_errors_own() -> None:
    for missing in (("vi.txt",), ("vi.txt", "settings.txt")):
        assert shown(ValueError("x"), Files(missing=missing)) == "! ValueError: x"
    assert shown(StartError("no.such.word", "why"), Files()) == "! why"


def what_cannot_be_shown_does_not_keep_it_from_trying_again() -> None:
    assert shown(MemoryError(), Files(missing=("font.bin",))) == ""
    bench = Bench()
    bench.i2c_bus.devices.clear()
    assert failing.tell(bench.machine, Files(), MemoryError(), 500) == 3_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("luot.board.display", gone)
        assert shown(MemoryError(), Files()) == ""


class Memory:
    """The memory of a clock, and what may be wrong with it."""

    def __init__(self, kept: bytes = b"") -> None:
        self.kept = kept

    def memory(self, data: bytes | None = None) -> bytes:
        if data is not None:
            self.kept = data
        return self.kept


def pauses_grow_up_to_a_minute() -> None:
    rtc = Memory()
    pauses = [failing.pause_ms(rtc, 800) for _ in range(8)]
    assert pauses == [3_000, 5_200, 11_200, 23_200, 47_200, *[59_200] * 3]
    rtc = Memory()
    assert [failing.pause_ms(rtc, 30_000) for _ in range(8)] == [
        *[3_000] * 4,
        18_000,
        *[30_000] * 3,
    ], "from start to start"


def whoever_ran_for_long_begins_anew() -> None:
    rtc = Memory()
    for _ in range(9):
        failing.pause_ms(rtc, 1_000)
    assert failing.pause_ms(rtc, 599_000) == 3_000
    assert failing.pause_ms(rtc, 1_000) == 59_000
    assert failing.pause_ms(rtc, 601_000) == 3_000
    assert failing.pause_ms(rtc, 1_000) == 5_000


def the_box_is_reset_after_the_pause() -> None:
    done: list[Any] = []
    bench = Bench()
    vars(bench.machine)["reset"] = lambda: done.append("reset")
    time = SimpleNamespace(ticks_ms=lambda: 700, sleep_ms=done.append)
    for _ in range(2):
        failing.start_later(bench.machine, time, Files(), MemoryError())
    assert done == [3_000, "reset", 5_300, "reset"]
    assert read(bench.panel.pixels())


def rubbish_in_the_clocks_memory_is_no_count() -> None:
    for kept in (b"", b"L", b"x\x05", b"L\x05x", b"\xff" * 2048):
        assert failing.pause_ms(Memory(kept), 0) == 3_000
    assert failing.pause_ms(Memory(b"L\xff"), 0) == 60_000

    class Broken:
        memory = gone

    assert failing.pause_ms(Broken(), 0) == failing.pause_ms(object(), 0) == 60_000


# A station that cannot start.


def words(table: Table) -> str:
    return " ".join(line.text for _, lines in table.shown for line in lines)


def what_keeps_it_from_starting_is_mended_without_a_key() -> None:
    """Somebody copies the right settings onto it; it need not be switched off."""
    table = Table(text="pagers = 4000\nend = 1")
    files = table.files
    before = table.box.flash.image()
    table.wait(150_000)
    assert said(table, "Sai cài đặt pagers = 4000")
    assert len(table.box.resets) >= 3
    assert table.box.flash.image() == before, "nothing is written"
    assert len(table.box.starts) == 1
    files["settings.txt"] = b"pagers = 400\nend = 1"
    table.wait(62_000)
    table.take("A")
    assert table.issued == ("A001", 1)
    resets = len(table.box.resets)
    table.wait(600_000)
    assert len(table.box.resets) == resets
    assert table.box.misuses == []


def between_two_starts_it_still_says_why() -> None:
    table = Table(text="pagers = 4000\nend = 1")
    pauses = 0
    for _ in range(300):
        table.wait(1_000)
        if table.box._program is None:
            pauses += 1
            assert table.text == "Sai cài đặt pagers = 4000"
    assert pauses > 60


def a_flash_that_does_not_answer_at_a_start_heals_without_a_key() -> None:
    table = Table()
    table.take("A")
    table.box.power_off()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table.box.flash, "read", gone)
        table.wait(3_000)
        table.start()
        table.wait(100_000)
        assert said(table, "Lỗi bộ nhớ")
    table.wait(62_000)
    table.take("A")
    table.wait(HOLD_MS // 4)
    assert issued(read(table.box.display.pixels())) == ("A002", 2)


def a_missing_row_in_the_partition_table_is_called_that() -> None:
    with pytest.raises(JournalError) as caught:
        journal.Journal(NorFlash(None), Order((1,))).mount()
    assert caught.value.word == "store.none"


PROMISES: list[Callable[[], None]] = [
    an_error_is_shown_in_words,
    it_is_shown_on_the_board_that_there_is,
    without_words_or_settings_it_is_shown_in_the_errors_own,
    what_cannot_be_shown_does_not_keep_it_from_trying_again,
    pauses_grow_up_to_a_minute,
    whoever_ran_for_long_begins_anew,
    the_box_is_reset_after_the_pause,
    rubbish_in_the_clocks_memory_is_no_count,
    what_keeps_it_from_starting_is_mended_without_a_key,
    between_two_starts_it_still_says_why,
    a_flash_that_does_not_answer_at_a_start_heals_without_a_key,
    a_missing_row_in_the_partition_table_is_called_that,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_a_start_that_fails_keeps_its_promises(promise: Callable[[], None]) -> None:
    promise()


FAULTS = {
    "nothing is shown": ("    display.show()\n", "", an_error_is_shown_in_words),
    "always the same board": (
        "settings.board)",
        '"t3")',
        it_is_shown_on_the_board_that_there_is,
    ),
    "without words nothing is shown": (
        "except (OSError, ValueError)",
        "except KeyError",
        without_words_or_settings_it_is_shown_in_the_errors_own,
    ),
    "what cannot be shown is the end": (
        "except Exception:",
        "except KeyError:",
        what_cannot_be_shown_does_not_keep_it_from_trying_again,
    ),
    "pauses do not grow": (
        "min(failures + 1, _STEPS)",
        "0",
        pauses_grow_up_to_a_minute,
    ),
    "pauses grow for ever": (", _MOST_MS)", ", 1_000_000)", pauses_grow_up_to_a_minute),
    "what it ran for does not count": (
        " - ran_ms, _FIRST",
        ", _FIRST",
        pauses_grow_up_to_a_minute,
    ),
    "pauses are kept for ever": (
        "if ran_ms > _LONG_MS:",
        "if 0:",
        whoever_ran_for_long_begins_anew,
    ),
    "it is not reset": ("    machine.reset()\n", "", the_box_is_reset_after_the_pause),
    "rubbish counts": (
        " and kept[0] == _MARK",
        "",
        rubbish_in_the_clocks_memory_is_no_count,
    ),
    "without a memory it ends": (
        "except (AttributeError, OSError):",
        "except KeyError:",
        rubbish_in_the_clocks_memory_is_no_count,
    ),
    "wrong settings are for ever": (
        "            self._again = StartError(self.settings.word, self.settings.wrong)\n",
        "",
        what_keeps_it_from_starting_is_mended_without_a_key,
    ),
    "a flash that fails is for ever": (
        "            self._again = StartError(self._broken, str(error))\n",
        "",
        a_flash_that_does_not_answer_at_a_start_heals_without_a_key,
    ),
    "no row is a small flash": (
        "if not self.ring.sectors:",
        "if 0:",
        a_missing_row_in_the_partition_table_is_called_that,
    ),
}

test_a_broken_promise_is_found = found_by((failing, journal, station), FAULTS)
