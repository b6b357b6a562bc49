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

from luot.core.turn import RULES
from tests.faults import seed
from tests.order_bench import Office
from tests.order_faults import FAULTS, MODULES
from tests.strategies import SERVICES, WHATS, Site, tries

STEPS = 50
HAPPENINGS = ("repeat", "copy", "wait", "clock", "save", "restart", "boot")
PRESSES = sorted(set(WHATS) - set(HAPPENINGS))

ats = st.integers(0, 11)
extras = st.integers(0, 11)
sites = st.builds(
    Site,
    services=st.lists(st.integers(1, (1 << SERVICES) - 1), min_size=1, max_size=3).map(tuple),
    rule=st.integers(0, len(RULES) - 1),
    overtakes_max=st.integers(0, 3),
    calls_max=st.integers(1, 3),
    recall_gap_ms=st.sampled_from((0, 30_000)),
    pagers=st.sampled_from((2, 5, 9)),
    tickets=st.sampled_from((2, 5, 9)),
)


class Line(RuleBasedStateMachine):
    """An office where anything may happen next."""

    @initialize(site=sites)
    def open(self, site: Site) -> None:
        self.office = Office(site)

    @rule(service=ats, priority=extras)
    def issue(self, service: int, priority: int) -> None:
        self.office.do("issue", service, priority)

    @rule(desk=ats)
    def call(self, desk: int) -> None:
        self.office.do("call", desk, 0)

    @rule(desk=ats, extra=extras)
    def undo(self, desk: int, extra: int) -> None:
        self.office.do("undo", desk, extra)

    @rule(what=st.sampled_from(PRESSES), at=ats, extra=extras)
    def press(self, what: str, at: int, extra: int) -> None:
        self.office.do(what, at, extra)

    @rule(source=ats, kind=extras)
    def repeat(self, source: int, kind: int) -> None:
        self.office.do("repeat", source, kind)

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
    search(80)


@pytest.mark.parametrize(
    "fault",
    [
        "last come, first served",
        "undo of whom others touched",
        "a restart forgets what can be undone",
        "a clock set back measures",
        "a press counts twice",
    ],
)
def test_a_broken_promise_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, MODULES, *FAULTS[fault])
    with pytest.raises((AssertionError, ValueError, IndexError)):
        search(80, (Phase.generate,))
