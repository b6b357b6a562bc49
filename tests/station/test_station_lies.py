"""A radio that lies, loses itself or lacks time: nobody is rung for ever, nobody is forgotten.

The whole station against twins that misbehave: what it believes, says, and sends again.
"""

from collections import Counter

import pytest

from luot.core.settings.settings import Settings
from sim.chips.buses import I2cBus
from sim.day import Day, Plan
from tests.rigs.station import ARRIVED, NEXT, RECALL, Table, said
from tests.sim.test_day import PEOPLE

MINUTE_MS = 60_000


def texts(table: Table) -> list[str]:
    """What every page that went out said."""
    return [page.text for page in table.pages]


def shown(table: Table, text: str) -> bool:
    """Whether this stood on the display since `shown` was cleared."""
    return any(text in " ".join(line.text for line in lines) for _, lines in table.shown)


def one_called(*pairs: tuple[str, str], people: int = 1) -> Table:
    """Somebody was just called to desk 1, and the page is on the air."""
    table = Table(*pairs)
    for _ in range(people):
        table.take("A")
    table.wait(6000)
    for desk in range(1, people + 1):
        table.press(desk, NEXT)
    table.wait(100)
    return table


# -- what is not believed ------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("alive", [False, True])
def test_a_radio_whose_contact_opens_has_sent_nothing(level: int, alive: bool) -> None:
    """In the middle of a page: it is told, and paged when the radio is back."""
    table = one_called()
    if not alive:
        table.box.radio.power_off()
    table.box.radio.floating = level
    table.shown.clear()
    table.wait(10 * MINUTE_MS)
    assert table.station.paging.failed
    assert table.station.ringing._due
    assert texts(table) == []
    assert shown(table, "Lỗi phát sóng Không có radio")
    table.box.radio.floating = None
    if not alive:
        table.box.radio.power_on()
    table.wait(MINUTE_MS)
    assert texts(table) == ["A001 QUAY 1"]
    assert not said(table, "Lỗi phát sóng")


@pytest.mark.parametrize(
    ("register", "value"), [(0x01, 0x08), (0x02, 0x1A), (0x07, 0x80), (0x26, 0x03), (0x0B, 0x0B)]
)
def test_a_radio_that_lost_a_setting_is_told(register: int, value: int) -> None:
    table = one_called()
    table.wait(300)
    table.box.radio._regs.put(register, value)
    table.wait(2000)
    assert ("radio.fail", "Radio tự đặt lại") in table.station.panel.faults
    table.wait(MINUTE_MS)
    assert texts(table)[-1] == "A001 QUAY 1"
    assert len(table.sent) == 2
    assert not said(table, "Lỗi phát sóng")


@pytest.mark.parametrize(("version", "word"), [(0x22, "Sai chip radio"), (0x13, "")])
def test_another_chip_is_told(version: int, word: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        get = type(Table().box.radio._regs).__getitem__
        patch.setattr(
            "sim.chips.sx127x_registers.Registers.__getitem__",
            lambda self, address: version if address == 0x42 else get(self, address),
        )
        table = one_called()
        assert said(table, "Lỗi phát sóng") is bool(word)
        assert not word or said(table, word)
    assert texts(table) == ([] if word else ["A001 QUAY 1"])


# -- how often anybody is rung -----------------------------------------------------------------


def dips(table: Table, after_ms: int) -> None:
    """The supply of the radio dips so long after each transmission began."""
    radio, world, clock = table.box.radio, table.world, table.box.clock
    driver = table.station.board.radio
    send = driver.send

    def level(n: int) -> None:
        clock.now = max(clock.now, world.now)
        radio.reset(n)

    def dipping(payload: bytearray, n: int) -> None:
        send(payload, n)
        world.at(world.now + after_ms * 1000, lambda: level(0))
        world.at(world.now + after_ms * 1000 + 300, lambda: level(1))

    driver.send = dipping


def test_a_radio_that_resets_itself_at_the_end_of_each_page_rings_nobody_for_ever() -> None:
    table = Table()
    table.take("A")
    table.wait(6000)
    dips(table, 900)
    table.press(1, NEXT)
    table.wait(10 * MINUTE_MS)
    assert texts(table).count("A001 QUAY 1") == 2
    assert said(table, "Có thể chưa gọi A001")
    table.do(1, RECALL)
    table.wait(10 * MINUTE_MS)
    assert texts(table).count("A001 QUAY 1") == 4, "a press begins anew"
    table.do(1, ARRIVED)
    table.wait(2000)
    assert not said(table, "Có thể chưa gọi")


def test_a_radio_that_resets_itself_before_anybody_hears_is_tried_on() -> None:
    table = Table()
    table.take("A")
    table.wait(6000)
    dips(table, 60)
    table.press(1, NEXT)
    table.wait(MINUTE_MS)
    assert texts(table) == []
    del table.station.board.radio.send
    table.wait(10_000)
    assert texts(table) == ["A001 QUAY 1"]
    assert not said(table, "Có thể chưa gọi")


def test_a_loop_of_restarts_rings_nobody_more_often() -> None:
    """Whatever is pressed elsewhere in between."""
    for pressed in (False, True):
        table = one_called()
        table.wait(2000)
        for _ in range(12):
            table.restart()
            if pressed:
                table.take("B")
            table.wait(3000)
        assert Counter(texts(table)) == {"A001 QUAY 1": 2}
        assert said(table, "Có thể chưa gọi A001")


def test_a_dip_at_each_page_restarts_the_box_and_rings_nobody_for_ever() -> None:
    """The cell is weak: whenever the transmitter has been on for 0.9 s the box starts over."""
    table = one_called()
    for _ in range(20):
        if len(table.box.carriers) < len(table.sent) or table.station.paging._on_at >= 0:
            table.wait(850)
        table.box.power_off()
        table.wait(500)
        table.start(400)
    table.wait(MINUTE_MS)
    assert texts(table).count("A001 QUAY 1") <= 3


def test_whoever_was_called_just_before_the_plug_was_pulled_is_paged() -> None:
    table = Table()
    table.take("A")
    table.wait(6000)
    table.press(1, NEXT)
    table.cut_after(16_000)
    table.wait(200)
    assert texts(table) == []
    assert table.events[-1]["kind"] == "call"
    table.wait(3000)
    table.start()
    table.wait(3000)
    assert texts(table) == ["A001 QUAY 1"]


# -- time: an erase, a bus that hangs ----------------------------------------------------------


def on_air_while_erasing(bps: str, at_ms: int) -> Table:
    """Four calls go out together; so long after that the next sector is to be erased."""
    table = one_called(("pocsag_bps", bps), people=4)
    table.box.flash.slow = True
    table.wait(at_ms - 100)
    table.erase_ahead()
    table.wait(12_000)
    return table


def judge_erases() -> None:
    for bps in ("512", "1200", "2400"):
        for at_ms in range(100, 2_400, 150):
            table = on_air_while_erasing(bps, at_ms)
            assert sorted(texts(table)) == [f"A00{n} QUAY {n}" for n in range(1, 5)], at_ms
            assert table.box.misuses == []
            assert table.box.flash.erases == 2 + 1, "it is erased all the same"
            for sent, (_, off_us) in zip(table.sent, table.box.carriers, strict=True):
                assert off_us - sent.end_us < 10_000, "asleep within 10 ms after a page"


def test_an_erase_starves_no_transmission() -> None:
    judge_erases()


def test_an_erase_waits_for_the_panel_and_for_fingers() -> None:
    """A screen changes in time, and a click is none that is held because the box was away."""
    for at_ms in range(0, 5_000, 100):
        table = Table()
        table.wait(6000)
        table.box.flash.slow = True
        table.take("A")
        table.wait(4200 + at_ms)
        erases = table.box.flash.erases
        table.erase_ahead()
        table.shown.clear()
        table.press(1, RECALL, 600)
        table.wait(650)
        assert "undo" not in table.kinds
        table.wait(10_000)
        assert table.box.flash.erases == erases + 1
        for (now, _), (then, _) in zip(table.shown[1:], table.shown[2:], strict=False):
            assert then - now < 5_100


def test_what_a_press_forces_is_metered() -> None:
    """W6: the present sector is full and no other prepared, so the press erases, page or not."""
    table = one_called()
    table.wait(800)
    ring, meter = table.station.journal.ring, table.station.paging.duty
    table.box.flash.slow = True
    ring.prepared -= 1
    ring.next += 127 - ring.next % 128  # the last slot but one
    ring.next += 1
    credit = meter._credit
    table.take("B")
    table.wait(2000)
    (on_us, off_us), *_ = table.box.carriers
    assert off_us - on_us > 1_200_000, "the erase fell into the page's end"
    assert credit - meter._credit >= (off_us - on_us) // 1000


def test_a_bus_that_hangs_starves_no_page() -> None:
    """Each transfer on I2C runs into a time-out of 20 ms, from a restart on."""
    for bps in ("512", "1200", "2400"):
        table = one_called(("pocsag_bps", bps), people=4)
        table.wait(100)
        table.box.power_off()
        table.wait(3000)
        before = len(table.pages)

        def hangs(self: I2cBus, address: int, *rest: object) -> bytes:
            self._clock.spend(20_000)
            raise OSError(116)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(I2cBus, "write", hangs)
            patch.setattr(I2cBus, "read", hangs)
            table.start()
            table.wait(2 * MINUTE_MS)
        assert Counter(page.text for page in table.pages[before:]) == {
            f"A00{n} QUAY {n}": 1 for n in range(1, 5)
        }, bps


def test_a_morning_at_2400_with_the_slowest_erases_has_no_misuse() -> None:
    settings = Settings([("pocsag_bps", "2400")])
    day = Day(Plan(PEOPLE, settings, until_s=9 * 3600, pace=0.12, slow_erases=True))
    day.run()
    assert day.box.misuses == []
    assert day.box.flash.erases > 4
