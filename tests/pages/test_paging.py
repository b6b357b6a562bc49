"""Pages go out together and in full, and never more of them than the band allows.

Paging keeps no queue: whoever calls `send` is told to wait, or that it is done, and keeps the
pages until then (`test_ringing` says whose they are). Here a list stands for the caller.
The radio is a few lines of fake with a plan of what fails; what it is given to send is read by the
receiver of `sim`, which knows nothing of the encoder.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise, product
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luot.core.limits import PAGES_TOGETHER
from luot.core.pages import duty, paging
from luot.core.pages.duty import Duty
from luot.core.pages.paging import Paging
from luot.core.settings.settings import Settings
from luot.drivers import sx127x_pocsag
from luot.drivers.sx127x import RadioError
from sim.chips.sx127x import Transmission
from sim.receiver import receive
from tests.faults.seeded import found_by
from tests.rigs.strategies import tries

HOUR_MS = 3_600_000
SECOND_MS = 1_000


class Radio:
    """A transmitter that sends what it is given, unless `plan` says what fails next.

    Each start or transmission takes one word of the plan: "start", "send", "late" (it sends and
    never says so), "reset" (it starts over before anybody could be rung), or "" for none.
    """

    def __init__(self, bit_rate: int, plan: Iterator[str]) -> None:
        self.bit_rate = bit_rate
        self.plan = plan
        self.now = 0
        self.log: list[tuple[int, int, bytes]] = []  # on air: from, to (ms), payload
        self.sending = b""
        self.since = 0
        self.steps = 0  # of the start
        self.called = 0
        self.fault = ""
        self.until = 0

    def start(self) -> bool:
        assert not self.steps or self.now - self.called >= 5, "too soon for the chip"
        self.called = self.now
        self.steps += 1
        if self.steps == 1:
            self.fault = next(self.plan, "")
        if self.steps == 3 and self.fault == "start":
            self.fail("does not start")
        return self.steps == 3

    def configure(self, modulation: tuple[bytes, int], hz: int, trim: int, dbm: int) -> None:
        assert self.steps == 3
        assert modulation == sx127x_pocsag.table(self.bit_rate, False)
        assert (hz, trim, dbm) == (433_920_000, 0, 10)

    def send(self, payload: bytearray, n: int) -> None:
        assert self.steps == 3 and not self.sending
        self.fault = next(self.plan, "")
        if self.fault == "send":
            self.fail("does not send")
        self.sending = bytes(payload[:n])
        self.until = 0

    def poll(self, left_ms: int) -> bool:
        assert self.sending
        if not self.until:
            self.since, self.until = self.now, self.now + self.airtime_ms(len(self.sending))
            return False
        cut = self.fault == "reset" and self.now >= self.since + 300
        if cut or (self.fault == "late" and left_ms < -50):
            self.fail("PacketSent did not come", 3 if cut else 4)
        if self.fault == "late" or self.now < self.until:
            assert self.fault == "late" or left_ms > 0, "it is asked in time"
            return False
        self.off()
        return True

    def on_air(self) -> bool:
        return self.until > 0

    def off(self) -> None:
        if self.until:
            self.log.append((self.since, self.now, self.sending))
        self.sending, self.until = b"", 0

    def fail(self, what: str, reason: int = 4) -> None:
        self.off()
        self.steps = 0
        raise RadioError(reason, what)

    def airtime_ms(self, n: int) -> int:
        """Preamble of 576 bits, sync word, payload."""
        return -(-(576 + 32 + 8 * n) * 1000 // self.bit_rate)

    def pages(self) -> list[list[tuple[int, str]]]:
        """What receivers read, as (RIC, text), transmission by transmission."""
        read = []
        for start, end, payload in self.log:
            data = b"\xaa" * 72 + b"\x7c\xd2\x15\xd8" + payload
            bits = bytes(byte >> shift & 1 ^ 1 for byte in data for shift in range(7, -1, -1))
            sent = Transmission(start, end, "fsk", 0, 4500, self.bit_rate, bits, 10, True)
            read.append([(page.ric, page.text) for page in receive(sent)])
        return read


class Led:
    """The pin of the LED."""

    def __init__(self) -> None:
        self.level = 0

    def value(self, level: int) -> None:
        self.level = level


class Sender:
    """Pages that wait, the transmitter, its radio and its LED, stepped as the station does it."""

    def __init__(self, bit_rate: int = 1200, plan: Iterable[str] = ()) -> None:
        self.radio = Radio(bit_rate, iter(plan))
        self.led = Led()
        settings = Settings([("pocsag_bps", str(bit_rate))])
        self.paging = Paging(self.radio, sx127x_pocsag.table, self.led, settings, Duty())
        self.ric = settings.ric
        self.now = 0
        self.waiting: list[tuple[int, bytes]] = []
        self.sending: list[tuple[int, bytes]] = []  # on the air, sent again if that fails
        self.waits: list[int] = []  # what it was told to wait, ms

    def page(self, *pagers: int, text: str = "A001 QUAY 1") -> None:
        """Have a page for each of these pagers."""
        for pager in pagers:
            self.waiting.append((self.ric(pager), text.encode()))

    def run(self, until: int, supply: int = 0, lag_ms: int = 0) -> None:
        """Step up to `until` (ms); at least `supply` short pages wait all the time.

        The step at which a page would be found to be over comes `lag_ms` late.
        """
        while self.now < until:
            while len(self.waiting) < supply:
                self.page(len(self.waiting) * 3 + 1, text="")
            self.radio.now = self.now
            wake = self.step()
            assert self.led.level == (self.radio.sending != b""), (
                "the LED shows what is on the air"
            )
            if wake < 0 and not supply:
                break
            self.now = max(wake, self.now + 1)
            if self.now == self.radio.until:
                self.now += lag_ms
        self.now = max(self.now, until)

    def step(self) -> int:
        """Do what is due; return when to do so again, -1 when nothing is left to do."""
        wake = self.paging.step(self.now)
        if self.paging.lost:
            self.paging.lost = False
            self.waiting = self.sending + self.waiting
            self.sending = []
        if wake >= 0:
            return wake
        if not self.waiting:
            return -1
        pages = self.waiting[:PAGES_TOGETHER]
        wait = self.paging.send(self.now, pages)
        self.waits.append(wait)
        if wait:
            return self.now + wait
        self.sending = pages
        del self.waiting[: len(pages)]
        return max(self.paging.step(self.now), self.now)

    def read(self) -> list[tuple[int, str]]:
        """What receivers have read so far."""
        return [page for pages in self.radio.pages() for page in pages]


# -- the duty cycle ---------------------------------------------------------------------------


class Air:
    """What was on the air, to be asked for any hour."""

    def __init__(self, log: list[tuple[int, int, bytes]]) -> None:
        self.starts = [since for since, _, _ in log]
        self.ends = [to for _, to, _ in log]
        self.sums = [0, *accumulate(to - since for since, to, _ in log)]

    def until(self, now: int) -> int:
        """How long (ms) something was on the air up to `now`."""
        began = bisect_right(self.starts, now)
        return self.sums[began] - (max(0, self.ends[began - 1] - now) if began else 0)

    def hour(self, start: int) -> int:
        """How long (ms) in the hour from `start` on."""
        return self.until(start + HOUR_MS) - self.until(start)


plans = st.lists(st.sampled_from(("", "", "", "send", "late", "reset", "start")), max_size=60)


def judge_duty(sender: Sender) -> None:
    """Fail if some hour, which may as well begin or end with a transmission, has too much."""
    air = Air(sender.radio.log)
    for since, to in zip(air.starts, air.ends, strict=True):
        assert air.hour(since) <= 360 * SECOND_MS
        assert air.hour(to - HOUR_MS) <= 360 * SECOND_MS


@tries(15)
@given(st.integers(0, 2**32 - 1))
def test_at_most_a_tenth_of_any_hour_is_on_the_air(seeded: int) -> None:
    """However much is called, after however long a rest, and whatever fails now and then."""
    rng = Random(seeded)
    sender = Sender(rng.choice((512, 1200, 2400)), rng.choices(("", "", "send", "late"), k=100))
    for _ in range(4):
        sender.run(sender.now + rng.randrange(HOUR_MS))
        sender.run(sender.now + rng.randrange(HOUR_MS), supply=rng.choice((1, 6, 20)))
    judge_duty(sender)


def test_what_fails_was_on_the_air_all_the_same() -> None:
    """A radio that sends and then does not answer, again and again."""
    sender = Sender(1200, ("", "late") * 2_000)
    sender.run(HOUR_MS)
    sender.run(3 * HOUR_MS, supply=6)
    judge_duty(sender)
    assert len(sender.radio.log) > 100


def judge_lags(lag_ms: int) -> None:
    sender = Sender()
    sender.run(HOUR_MS)
    sender.run(3 * HOUR_MS, supply=6, lag_ms=lag_ms)
    judge_duty(sender)
    assert max(to - since for since, to, _ in sender.radio.log) > 934 + lag_ms


def test_a_carrier_that_stays_on_after_its_page_is_metered() -> None:
    """Some other work, such as an erase that a press forces, held up who would switch it off."""
    judge_lags(500)


def test_the_bucket_bears_an_erase_at_the_end_of_every_page() -> None:
    meter = duty.Duty()
    assert meter.wait(0, 9_500) == 0
    assert meter.wait(0, 9_501) > 0
    meter.take(9_500 + 500)
    assert meter.wait(1, 1) > 0


def test_what_broke_off_before_an_address_was_heard_by_nobody() -> None:
    """A chip that starts over 0.3 s after its transmitter was switched on, at 1200 bit/s."""
    for fault, heard in (("reset", False), ("late", True), ("send", False), ("", True)):
        sender = Sender(1200, ("", fault))
        sender.run(100)
        sender.page(1)
        sender.run(1_300)
        assert sender.paging.heard is heard
        assert sender.paging.reason == {"reset": 3, "late": 4, "send": 4, "": 0}[fault]


def test_an_office_in_need_gets_nearly_all_of_it() -> None:
    """After a quiet hour the bucket is full: a burst of 36 s, then 9 % of the time."""
    sender = Sender()
    sender.run(HOUR_MS)
    sender.run(2 * HOUR_MS, supply=6)
    air = Air(sender.radio.log)
    assert 350 * SECOND_MS < air.hour(HOUR_MS) <= 360 * SECOND_MS
    assert air.until(HOUR_MS + 38 * SECOND_MS) > 35 * SECOND_MS


def test_a_box_that_restarts_again_and_again_stays_quiet() -> None:
    """A start brings 10 s of air, not a full bucket."""
    sender = Sender()
    sender.run(60 * SECOND_MS, supply=6)
    assert Air(sender.radio.log).until(60 * SECOND_MS) <= 10 * SECOND_MS + 60 * SECOND_MS // 10


# -- what is sent -----------------------------------------------------------------------------

batches = st.lists(st.lists(st.integers(1, 999), min_size=1, max_size=8), max_size=5)


@tries(40)
@given(batches, st.lists(st.integers(0, 3_000), min_size=5, max_size=5), plans)
def test_every_page_is_sent_in_its_turn(
    pagers: list[list[int]], gaps: list[int], plan: list[str]
) -> None:
    """A radio that fails delays them; a page it failed on is sent again, and none is lost."""
    sender = Sender(1200, plan)
    sender.run(100)
    number, wanted = 0, []
    for several, gap in zip(pagers, gaps, strict=False):
        for pager in several:
            number += 1
            text = f"A{number:03d} QUAY 1"
            sender.page(pager, text=text)
            wanted.append((sender.ric(pager), text))
        sender.run(sender.now + gap)
    sender.run(sender.now + HOUR_MS)
    read = sender.read()
    assert set(read) == set(wanted)
    if not {"late", "send", "reset"} & set(plan):
        assert sorted(read) == sorted(wanted)
    sent = sender.radio.pages()
    firsts = [min(i for i, pages in enumerate(sent) if want in pages) for want in wanted]
    assert firsts == sorted(firsts), "somebody's page went before an earlier one"
    assert sender.waiting == []
    assert not sender.paging.failed


def test_what_is_called_together_shares_a_transmission() -> None:
    sender = Sender()
    sender.run(100)
    sender.page(1)
    sender.run(200)
    sender.page(*range(2, 10))
    sender.run(10 * SECOND_MS)
    assert [len(pages) for pages in sender.radio.pages()] == [1, PAGES_TOGETHER, 2]


def test_a_page_is_on_the_air_at_once() -> None:
    sender = Sender()
    sender.run(100)
    sender.page(7)
    sender.run(150)
    assert sender.radio.since == 102


def test_a_radio_that_fails_is_told_and_keeps_the_pages() -> None:
    sender = Sender(1200, ("start", "", "late"))
    sender.run(100)
    assert sender.paging.failed
    sender.page(7)
    sender.run(5 * SECOND_MS + 500)
    assert sender.radio.sending, "it starts again after 5 s"
    sender.run(8 * SECOND_MS)
    assert sender.paging.failed
    sender.run(11 * SECOND_MS + 900)
    assert sender.radio.sending
    assert sender.paging.failed, "that it starts does not mean that it sends"
    sender.run(20 * SECOND_MS)
    assert not sender.paging.failed
    assert sender.read() == [(sender.ric(7), "A001 QUAY 1")] * 2
    assert sender.paging.step(sender.now) == -1


def test_a_radio_that_starts_late_is_not_told_for_ever() -> None:
    sender = Sender(1200, ("start",))
    sender.run(100)
    assert sender.paging.failed
    sender.run(6 * SECOND_MS)
    assert not sender.paging.failed


def test_a_radio_that_is_busy_or_down_takes_nothing() -> None:
    """And nothing is lost: it says how long to wait."""
    sender = Sender(1200, ("start",))
    more = [(8, b"A")]
    for now in (0, 6, 12):
        sender.now = sender.radio.now = now
        sender.step()
        assert sender.paging.send(now, more) > 0, "it has not started"
    assert sender.paging.failed
    assert sender.paging.send(12, more) == 5_000, "it starts again after 5 s"
    sender.run(6 * SECOND_MS)
    sender.page(1)
    sender.run(sender.now + 100)
    assert sender.radio.sending
    assert sender.paging.send(sender.now, more) > 0, "it is sending"
    sender.run(sender.now + 10 * SECOND_MS)
    assert sender.read() == [(sender.ric(1), "A001 QUAY 1")]


def judge_waits(bit_rate: int, seconds: int) -> None:
    """Fail unless whoever comes back after the wait told gets what was asked for."""
    sender = Sender(bit_rate)
    sender.run(100)
    sender.run(seconds * SECOND_MS, supply=6)
    waits = [wait for wait in sender.waits if wait]
    assert waits, "the bucket is never empty"
    for wait, after in pairwise(sender.waits):
        assert not wait or after <= 1, "told to wait again"
    assert max(waits) < 60 * SECOND_MS


@pytest.mark.parametrize("bit_rate", [512, 1200, 2400])
def test_the_wait_it_tells_is_enough(bit_rate: int) -> None:
    judge_waits(bit_rate, 60)


@tries(60)
@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=PAGES_TOGETHER),
    st.sampled_from(("A001 QUAY 1", "A1000 QUAY 4", "A32767 QUAY 32")),
)
def test_any_pages_fit_one_transmission(pagers: list[int], text: str) -> None:
    """Also where all wait for the same frame, each six code words long."""
    sender = Sender()
    sender.page(*pagers, text=text)
    sender.run(20 * SECOND_MS)
    assert len(sender.radio.log) == 1
    assert sorted(sender.read()) == sorted((sender.ric(pager), text) for pager in pagers)


def test_the_worst_six_pages_fit_one_transmission() -> None:
    sender = Sender()
    sender.page(3, 6, 9, 12, 15, 18, text="A1000 QUAY 4")
    sender.run(20 * SECOND_MS)
    assert len(sender.read()) == 6


# -- airtime ----------------------------------------------------------------------------------


def airtime_ms(*pagers: int) -> int:
    """How long these pages, sent together, are on the air."""
    sender = Sender()
    sender.run(100)
    sender.page(*pagers)
    sender.run(10 * SECOND_MS)
    (since, to, _), *more = sender.radio.log
    assert not more
    return to - since


def test_three_calls_together_take_little_longer_than_one() -> None:
    """Neighbours, as a rack hands them out, fit one batch; three of one frame need three."""
    one = airtime_ms(1)
    assert one == 934
    for first in range(1, 10):
        assert airtime_ms(first, first + 1) == airtime_ms(first, first + 1, first + 2) == one
    any_two = [airtime_ms(1, second) for second in range(2, 5)]
    assert max(any_two) / one <= 1.5
    ratios = [airtime_ms(*three) / one for three in product((1, 2, 3), (4, 5, 6), (7, 8, 9))]
    assert mean(ratios) <= 1.5
    assert max(ratios) < 2


FAULTS = {
    "no limit": (
        "short > 0",
        "short > 99_999_999",
        test_at_most_a_tenth_of_any_hour_is_on_the_air,
    ),
    "a tenth and a bucket": (
        "_GAIN_PERCENT = const(9)",
        "_GAIN_PERCENT = const(10)",
        test_an_office_in_need_gets_nearly_all_of_it,
    ),
    "the bucket has no rim": (
        "min(self._credit + gained, _BUCKET_MS)",
        "self._credit + gained",
        test_at_most_a_tenth_of_any_hour_is_on_the_air,
    ),
    "what fails costs nothing": (
        "        self.failed = True\n",
        "        self.failed = True\n        self.duty.take(-984)\n",
        test_what_fails_was_on_the_air_all_the_same,
    ),
    "time on air is computed": (
        "self.duty.take(on_ms)",
        "self.duty.take(self._airtime)",
        test_a_carrier_that_stays_on_after_its_page_is_metered,
    ),
    "no margin for an erase": (
        "airtime_ms + ERASE_MS - self._credit",
        "airtime_ms - self._credit",
        test_the_bucket_bears_an_erase_at_the_end_of_every_page,
    ),
    "every broken page counts as heard": (
        "self.heard = on_ms * ",
        "self.heard = True or on_ms * ",
        test_what_broke_off_before_an_address_was_heard_by_nobody,
    ),
    "no broken page counts as heard": (
        "_UNHEARD_BITS = const(640)",
        "_UNHEARD_BITS = const(6400)",
        test_what_broke_off_before_an_address_was_heard_by_nobody,
    ),
    "a start fills the bucket": (
        "const(10_000)",
        "const(36_000)",
        test_a_box_that_restarts_again_and_again_stays_quiet,
    ),
    "what failed is not told": (
        "self.lost = self._state == _SENDING",
        "pass",
        test_every_page_is_sent_in_its_turn,
    ),
    "it says it is done and did nothing": (
        "return short * 100 // _GAIN_PERCENT + 1 if short > 0 else 0",
        "return 0",
        lambda: judge_waits(512, 15),
    ),
    "the wait is too short": (
        "short * 100 // _GAIN_PERCENT + 1",
        "short + 1",
        lambda: test_the_wait_it_tells_is_enough(1200),
    ),
    "a busy radio is sent more": (
        "        if self._state != _IDLE:\n",
        "        if self._state == _OFF:\n",
        test_a_radio_that_is_busy_or_down_takes_nothing,
    ),
    "the LED stays lit": (
        "        self.led.value(0)\n        if self._on_at",
        "        if self._on_at",
        test_every_page_is_sent_in_its_turn,
    ),
    "no room for the last batch": (
        "(PAGES_TOGETHER + 1)",
        "PAGES_TOGETHER",
        test_the_worst_six_pages_fit_one_transmission,
    ),
    "told too early that all is well": (
        "        if self._proven:  # else",
        "        if 1:  # else",
        test_a_radio_that_fails_is_told_and_keeps_the_pages,
    ),
}


test_a_broken_promise_is_found = found_by((duty, paging), FAULTS, 20)
