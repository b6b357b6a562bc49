"""The line against its naive twin, in whatever order hypothesis thinks of.

test_order.py plays long drawn histories; here hypothesis chooses every step and cuts a failure
down to the steps that matter. Every press is compared: the refusal, or each field of the record,
and then the whole state, on which the promises of `order_look` must hold. Crashes, repeats of old
presses and clocks that jump are steps like any other.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.faults.order import FAULTS, MODULES
from tests.faults.seeded import seed
from tests.rigs.order import Office
from tests.rigs.strategies import WHATS, Site, sites, tries

STEPS = 80
HAPPENINGS = ("repeat", "copy", "wait", "clock", "save", "restart", "boot")
OFFICE = ("issue", "undo_issue", "rating", "pause", "pager", "evening", "day_open", "day_close")
PRESSES = [what for what in WHATS if what not in HAPPENINGS]
AT_DESKS = [what for what in PRESSES if what not in OFFICE]

ats = st.integers(0, 11)
extras = st.integers(0, 11)


class Line(RuleBasedStateMachine):
    """An office where anything may happen next."""

    @initialize(site=sites(3, (2, 5, 9)))
    def open(self, site: Site) -> None:
        self.office = Office(site)

    @rule(service=ats, priority=extras)
    def come(self, service: int, priority: int) -> None:
        self.office.do("issue", service, priority)

    @rule(what=st.sampled_from(AT_DESKS), at=ats, extra=extras)
    def press_at_desk(self, what: str, at: int, extra: int) -> None:
        self.office.do(what, at, extra)

    @rule(what=st.sampled_from(PRESSES), at=ats, extra=extras)
    def press(self, what: str, at: int, extra: int) -> None:
        self.office.do(what, at, extra)

    @rule(source=ats, kind=extras)
    def repeat(self, source: int, kind: int) -> None:
        self.office.do("repeat", source, kind)

    @rule(minutes=ats, extra=extras)
    def wait(self, minutes: int, extra: int) -> None:
        self.office.do("wait", minutes, extra)

    @rule(jump=extras, by=ats)
    def clock(self, jump: int, by: int) -> None:
        self.office.do("clock", by, jump)

    @rule(what=st.sampled_from(("copy", "save", "restart", "boot")), at=ats, extra=extras)
    def crash(self, what: str, at: int, extra: int) -> None:
        self.office.do(what, at, extra)

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.replay()


def search(examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    """Run the machine."""
    run_state_machine_as_test(
        Line,
        settings=settings(
            tries(examples),
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            phases=phases,
        ),
    )


def test_whatever_happens_the_line_is_what_the_list_says() -> None:
    search(150)


# Those that it finds soon; test_order.py finds all.
FOUND = (
    "last come, first served",
    "a desk calls whom it cannot serve",
    "by number from other desks",
    "a row forgets its end",
    "the pager of an absent one is free",
    "a finished one keeps the pager",
    "the pager just returned goes out first",
    "hold loses the place",
    "hold keeps the desk",
    "anybody is resumed",
    "transfer changes the class",
    "transfer to a desk that is closed",
    "a call opens no desk",
    "undo of whom others touched",
    "undo loses the calls",
    "undo spends no number",
    "undo after a start",
    "a lost pager is handed out",
    "the day closes with living tickets",
    "the line is never full",
    "the rack is never empty",
    "a desk's break closes nobody",
    "a press counts twice",
    "an old press counts",
    "an open desk opens",
    "a copy counts again",
    "called again too soon",
    "an undone call's wait counts",
    "a start is measured",
    "a clock set back measures",
    "a restart forgets presses",
    "a restart forgets some pagers",
    "a restart forgets who waits",
)


@pytest.mark.parametrize("fault", FOUND)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, MODULES, *FAULTS[fault])
    with pytest.raises((AssertionError, ValueError, IndexError)):
        search(80, (Phase.generate,))
