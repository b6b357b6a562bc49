"""Whom to page: nobody is paged by a page that lost its meaning while it waited for the air.

A line, `Ringing` and `Paging` on a fake radio; people are called, come and go faster than the air
takes their pages, the duty bucket runs dry, and transmissions fail. What goes out is compared with
the line at the very moment it goes.
"""

from collections.abc import Iterable
from random import Random

from luot.core import records
from luot.core.limits import PAGES_TOGETHER
from luot.core.line.order import Order
from luot.core.line.ticket import CALLED, HELD, WAITING, label
from luot.core.pages import paging, ringing
from luot.core.pages.duty import Duty
from luot.core.pages.paging import Paging
from luot.core.pages.ringing import Ringing
from luot.core.settings.settings import Settings
from luot.core.wire import get
from luot.drivers import sx127x_pocsag
from tests.faults.seeded import found_by
from tests.pages.test_paging import Led, Radio

GAP_MS = 30_000
HOUR_MS = 3_600_000
PRESSES = (
    *[records.ISSUE] * 6,
    *[records.CALL] * 6,
    *[records.ARRIVED] * 4,
    *(records.ABSENT, records.BACK, records.HOLD, records.RESUME, records.RECALL, records.CANCEL),
    *[records.UNDO] * 4,
)

Pages = list[tuple[int, str]]


class Desks:
    """A line of four desks whose calls are paged at 512 bit/s."""

    def __init__(self, plan: Iterable[str] = (), pagers: int = 6, bps: int = 512) -> None:
        self.settings = Settings([("pocsag_bps", str(bps)), ("pagers", str(pagers))])
        self.line = Order(self.settings.masks(), 0, 3, 3, GAP_MS, pagers)
        self.radio = Radio(bps, iter(plan))
        paging_ = Paging(self.radio, sx127x_pocsag.table, Led(), self.settings, Duty())
        self.ringing = Ringing(self.settings, self.line, paging_)
        self.record = bytearray(records.SIZE)
        self.now = 0
        self.wake = 0
        self.wrong: list[str] = []
        self.begun = 0
        self.sent: Pages = []
        send = self.ringing.paging.send
        self.ringing.paging.send = lambda now, pages: self.look(send(now, pages), pages)  # type: ignore[method-assign]
        self.press(records.DAY_OPEN, 0, 0, 0)

    def look(self, wait: int, pages: list[tuple[int, bytes]]) -> int:
        """Judge what went out just now, if it did."""
        if not wait:
            self.begun += 1
            told = [(ric, text.decode()) for ric, text in pages]
            self.sent += told
            self.wrong += [f"{page} at {self.now}" for page in told if page not in self.true()]
            if len(told) > PAGES_TOGETHER:
                self.wrong.append("too many")
        return wait

    def true(self) -> Pages:
        """All that may be paged now: who is called, and who waits or is somewhere else again."""
        line, found = self.line, []
        for slot in range(1, line.tickets + 1):
            if not line.pager[slot] or not line.state[slot]:
                continue
            name = label(self.settings.services[line.series(slot)][0], line.number[slot])
            ric = self.settings.ric(line.pager[slot])
            if line.state[slot] == CALLED:
                desk = [desk for desk in range(1, 5) if line.opened[desk] == slot]
                found += [(ric, f"{name} QUAY {desk[0]}")]
            elif line.state[slot] in (WAITING, HELD):
                found += [(ric, f"{name} CHO")]
        return found

    def press(self, kind: int, source: int, at: int, extra: int) -> int:
        """Press as the station does; return the refusal."""
        line = self.line
        press = line.pressed[source] % 0xFFFF + 1
        time = self.now // 100 | records.SURE
        refusal = line.decide(self.record, kind, source, press, time, at, extra)
        if refusal:
            return refusal
        records.stamp(self.record, 0, line.ordinal + 1)
        line.apply(self.record)
        if kind in (records.CALL, records.RECALL, records.RESUME):
            self.ringing.call(source)
        elif kind == records.UNDO and self.record[26] in (records.CALL, records.RESUME):
            self.ringing.take_back(source, get(self.record, 16, 2))
        self.run(0)
        return 0

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.now + ms
        while True:
            self.radio.now = self.now
            wake = self.ringing.step(self.now)
            if wake < 0 or wake > end:
                break
            self.now = max(wake, self.now + 1)
            if self.now > end:
                break
        self.now = end
        self.radio.now = end

    def anything(self, rng: Random) -> None:
        """Press something somewhere."""
        kind, desk = rng.choice(PRESSES), rng.randint(1, 4)
        extra = 0
        if kind == records.ISSUE:
            self.press(kind, 0, rng.randrange(4), rng.randrange(2))
            return
        if kind in (records.BACK, records.RESUME, records.CANCEL):
            alive = [n for n in range(1, self.line.arrivals + 1) if self.line.find(n)]
            extra = rng.choice(alive) if alive else 0
        elif kind == records.RECALL:
            extra = GAP_MS
        self.press(kind, desk, desk, extra)


def play(number: int) -> Desks:
    """Half an hour of presses, some together, some far apart, with a radio that fails at times."""
    rng = Random(number)
    desks = Desks(rng.choices(("", "", "", "", "late", "send"), k=500))
    desks.run(100)
    for _ in range(400):
        desks.anything(rng)
        desks.run(rng.choice((0, 50, 400, 2_000, 12_000)))
    return desks


def test_no_page_is_sent_that_lost_its_meaning() -> None:
    """At 512 bit/s, under load: nobody who came, nobody whose pager is in another hand."""
    begun = 0
    for number in range(12):
        desks = play(number)
        assert desks.wrong == [], f"play({number})"
        begun += desks.begun
    assert begun > 12 * 40


def test_the_newest_call_of_each_desk_is_sent_in_the_end() -> None:
    for number in range(12):
        desks = play(number)
        desks.radio.plan = iter(())
        for desk in range(1, 5):
            desks.press(records.ISSUE, 0, 0, 0)
            desks.press(records.CALL, desk, desk, 0)
        begun = len(desks.sent)
        desks.run(HOUR_MS)
        late = desks.sent[begun:]
        open_calls = [page for page in desks.true() if "QUAY" in page[1]]
        assert [page for page in open_calls if page not in desks.sent] == []
        assert all(page in desks.true() for page in late)


def test_a_dry_bucket_holds_pages_back_and_no_stale_one_follows() -> None:
    """Ten seconds of air at a start: then calls come and go unpaged, until the last one's turn."""
    desks = Desks(pagers=200)
    desks.run(100)
    for _ in range(120):
        assert not desks.press(records.ISSUE, 0, 0, 0)
    for _ in range(120):
        assert not desks.press(records.CALL, 1, 1, 0)
        desks.run(500)
        desks.press(records.ARRIVED, 1, 1, 0)
    quiet = desks.begun
    assert quiet < 20, "the bucket is dry"
    desks.press(records.ISSUE, 0, 0, 0)
    desks.press(records.CALL, 1, 1, 0)
    desks.run(HOUR_MS)
    assert desks.wrong == []
    assert desks.begun <= quiet + 1
    assert desks.sent[-1][1] == "A121 QUAY 1"


def test_calls_of_all_desks_share_a_transmission() -> None:
    desks = Desks(bps=1200)
    for _ in range(4):
        desks.press(records.ISSUE, 0, 0, 0)
        desks.press(records.CALL, desks.line.arrivals, desks.line.arrivals, 0)
    desks.run(10_000)
    assert desks.begun == 1
    assert [text for _, text in desks.sent] == [f"A00{n} QUAY {n}" for n in range(1, 5)]


def undone(plan: tuple[str, ...] = ()) -> Desks:
    """Somebody is called, paged, and the call taken back."""
    desks = Desks(plan, bps=1200)
    desks.run(100)
    desks.press(records.ISSUE, 0, 0, 0)
    desks.press(records.CALL, 2, 2, 0)
    desks.run(3_000)
    assert not desks.press(records.UNDO, 2, 2, 3_000)
    return desks


def test_an_undone_call_is_told_to_wait_once() -> None:
    desks = undone()
    desks.run(60_000)
    desks.press(records.ISSUE, 0, 0, 1)
    desks.press(records.CALL, 2, 2, 0)
    desks.run(60_000)
    assert desks.sent == [(8, "A001 QUAY 2"), (8, "A001 CHO"), (10, "A002 QUAY 2")]


def test_an_undone_call_is_told_to_wait_in_spite_of_a_radio_that_fails() -> None:
    for fault in ("late", "send"):
        desks = undone(("", "", fault))
        desks.run(60_000)
        assert desks.sent == [(8, "A001 QUAY 2"), *[(8, "A001 CHO")] * 2]


def test_an_undone_call_is_not_told_to_wait_if_it_is_called_again() -> None:
    desks = Desks(bps=1200)
    desks.run(100)
    desks.press(records.ISSUE, 0, 0, 0)
    desks.press(records.CALL, 2, 2, 0)
    assert not desks.press(records.UNDO, 2, 2, 100)
    desks.press(records.CALL, 3, 3, 0)
    desks.run(60_000)
    assert desks.sent == [(8, "A001 QUAY 2"), (8, "A001 QUAY 3")]


def test_after_a_restart_whoever_is_called_is_paged_again() -> None:
    desks = Desks(bps=1200)
    for desk in (1, 2, 3):
        desks.press(records.ISSUE, 0, 0, 0)
        desks.press(records.CALL, desk, desk, 0)
    desks.press(records.ARRIVED, 2, 2, 0)
    desks.run(5_000)
    desks.sent.clear()
    desks.ringing.again(desks.line.last_call[1] - 1)
    desks.run(5_000)
    assert [text for _, text in desks.sent] == ["A001 QUAY 1", "A003 QUAY 3"]


def called(plan: tuple[str, ...]) -> Desks:
    """Desk 1 calls somebody; then nobody presses for an hour.

    Each transmission takes one word of the plan, and so does each start of the radio after one
    that failed.
    """
    desks = Desks(("", *plan), bps=1200)
    desks.run(100)
    desks.press(records.ISSUE, 0, 0, 0)
    desks.press(records.CALL, 1, 1, 0)
    desks.run(HOUR_MS)
    return desks


def test_who_may_have_been_rung_is_rung_once_more_and_then_told_of() -> None:
    desks = called(("late", "") * 40)
    assert [text for _, text in desks.sent] == ["A001 QUAY 1"] * 2
    assert desks.ringing.doubtful(1) == desks.line.opened[1]
    desks.press(records.RECALL, 1, 1, GAP_MS)
    assert not desks.ringing.doubtful(1), "a press begins anew"
    desks.run(HOUR_MS)
    assert [text for _, text in desks.sent] == ["A001 QUAY 1"] * 4
    assert desks.ringing.doubtful(1)
    desks.press(records.ARRIVED, 1, 1, 0)
    assert not desks.ringing.doubtful(1), "there is nobody to be called any more"


def test_who_cannot_have_been_rung_is_paged_until_it_goes_out() -> None:
    for fault in ("send", "reset"):
        desks = called((fault, "") * 20)
        assert len(desks.sent) == 21
        assert not desks.ringing.unsure
        assert not desks.ringing.paging.failed


def test_a_page_that_went_out_at_last_leaves_no_doubt() -> None:
    desks = called(("late",))
    assert len(desks.sent) == 2
    assert not desks.ringing.unsure


def test_a_radio_that_has_started_and_has_nothing_to_send_is_no_fault() -> None:
    desks = called(("late", "") * 2)
    assert not desks.ringing.paging.failed


def test_what_fails_on_the_air_is_not_the_call_pressed_meanwhile() -> None:
    """It gets its own two tries."""
    desks = Desks(("", *("late", "") * 3), bps=1200)
    desks.run(100)
    for _ in range(2):
        desks.press(records.ISSUE, 0, 0, 0)
    desks.press(records.CALL, 1, 1, 0)
    desks.run(500)
    desks.press(records.CALL, 1, 1, 0)
    desks.run(HOUR_MS)
    assert [text for _, text in desks.sent] == ["A001 QUAY 1", *["A002 QUAY 1"] * 2]
    assert desks.ringing.unsure == 2


def test_an_undone_call_is_not_told_to_wait_for_ever() -> None:
    desks = undone(("", "", *("late", "") * 2))
    desks.run(HOUR_MS)
    assert desks.sent == [(8, "A001 QUAY 2"), *[(8, "A001 CHO")] * 2]
    desks.press(records.ISSUE, 0, 0, 1)
    desks.press(records.CALL, 2, 2, 0)
    desks.run(HOUR_MS)
    assert desks.sent[3:] == [(10, "A002 QUAY 2")]


def test_after_a_restart_only_new_calls_are_paged_and_once() -> None:
    """Whoever was called before the start before was paged then: nobody knows what came of it."""
    desks = Desks(("", *("late", "") * 20), bps=1200)
    for desk in (1, 2):
        desks.press(records.ISSUE, 0, 0, 0)
        desks.press(records.CALL, desk, desk, 0)
    again = Ringing(desks.settings, desks.line, desks.ringing.paging)
    desks.ringing = again
    again.again(desks.line.last_call[1])
    desks.run(HOUR_MS)
    assert [text for _, text in desks.sent] == ["A002 QUAY 2"]
    assert again.unsure == 0b110
    assert again.doubtful(1) and again.doubtful(2)


FAULTS = {
    "rung for ever": (
        "self._left[desk] -= 1",
        "pass",
        test_who_may_have_been_rung_is_rung_once_more_and_then_told_of,
    ),
    "nobody is told of": (
        "                self.unsure |= 1 << desk\n            elif not well",
        "                pass\n            elif not well",
        test_who_may_have_been_rung_is_rung_once_more_and_then_told_of,
    ),
    "told of after that": (
        "self.unsure >> desk & 1 and (not slot or order.state[slot] != CALLED)",
        "False",
        test_who_may_have_been_rung_is_rung_once_more_and_then_told_of,
    ),
    "what nobody heard counts": (
        "if sent and self.paging.heard:",
        "if sent:",
        test_who_cannot_have_been_rung_is_paged_until_it_goes_out,
    ),
    "a fault without an end": (
        "self.paging.failed = False",
        "pass",
        test_a_radio_that_has_started_and_has_nothing_to_send_is_no_fault,
    ),
    "an older page's failure is the new call's": (
        "self._sent &= ~(1 << desk)",
        "pass",
        test_what_fails_on_the_air_is_not_the_call_pressed_meanwhile,
    ),
    "told to wait without end": (
        "if told and (well or given_up):",
        "if told and well:",
        test_an_undone_call_is_not_told_to_wait_for_ever,
    ),
    "each start pages all": (
        "if order.last_call[desk] > since:",
        "if True:",
        test_after_a_restart_only_new_calls_are_paged_and_once,
    ),
    "a start begins anew": (
        "self._left[desk] = RINGS_START",
        "self._left[desk] = 2",
        test_after_a_restart_only_new_calls_are_paged_and_once,
    ),
    "who came is paged": (
        "state[slot] == CALLED:\n            self._page",
        "state[slot]:\n            self._page",
        test_no_page_is_sent_that_lost_its_meaning,
    ),
    "who is called again is told to wait": (
        "order.state[slot] in (WAITING, HELD):",
        "order.state[slot]:",
        test_an_undone_call_is_not_told_to_wait_if_it_is_called_again,
    ),
    "pages that failed are lost": (
        "elif not well and sent:\n                self._due |= 1 << desk",
        "elif not well and sent:\n                pass",
        test_an_undone_call_is_told_to_wait_in_spite_of_a_radio_that_fails,
    ),
    "pages that must wait are lost": (
        "        if not wait:\n            self._due",
        "        if True:\n            self._due",
        test_a_dry_bucket_holds_pages_back_and_no_stale_one_follows,
    ),
    "one desk at a time": (
        "len(pages) < PAGES_TOGETHER - 1",
        "not pages",
        test_calls_of_all_desks_share_a_transmission,
    ),
    "told to wait for ever": (
        "self._undone[desk] = 0",
        "pass",
        test_an_undone_call_is_told_to_wait_once,
    ),
    "only one is paged again": (
        "                self._due |= 1 << desk\n                self._left",
        "                self._due = 1 << desk\n                self._left",
        test_after_a_restart_whoever_is_called_is_paged_again,
    ),
}


test_a_broken_promise_is_found = found_by((paging, ringing), FAULTS)
