"""Office hours in bad weather: that nothing is found, and that what is wrong would be.

Two office-hours are played here; `python -m sim torture --office-hours H` plays as many as one
likes. What the judges of the flash and the air must find is tests/judges.
"""

import pytest

from sim import faults
from sim.faults import drawn
from sim.torture import hours
from sim.torture.hours import Hours, office

QUARTERS = 8  # two hours


@pytest.mark.parametrize("number", range(QUARTERS))
def test_a_quarter_of_an_hour_in_bad_weather_finds_nothing(number: int) -> None:
    played = Hours(number, 0.25)
    assert played.run() == []
    assert played.pages.records


def test_the_same_seed_is_the_same_office() -> None:
    one, other = Hours(3, 0.05), Hours(3, 0.05)
    assert one.faults == other.faults
    one.run()
    other.run()
    assert one.world.chronicle.sha256() == other.world.chronicle.sha256()
    assert Hours(4, 0.05).faults != one.faults


def test_every_kind_of_fault_is_drawn_and_is_over_in_time() -> None:
    from random import Random  # noqa: PLC0415

    made = drawn(Random(1), 0, 40 * hours.HOUR_US, 60)
    assert {(one.part, one.how) for one in made} == {kind[:2] for kind in faults.KINDS}
    assert all(one.at_us >= 0 and one.at_us + one.for_us <= 40 * hours.HOUR_US for one in made)
    assert made == sorted(made, key=lambda one: (one.at_us, one.seed))


def test_every_office_can_serve_everybody() -> None:
    from random import Random  # noqa: PLC0415

    for number in range(200):
        drawn_office = office(Random(number))
        letters = {name[0] for name in drawn_office.services}
        assert not drawn_office.wrong
        assert letters == set("".join(drawn_office.desks))
