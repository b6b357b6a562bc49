"""The shipped core under a plain event loop does what queueing theory says of it.

The exact figures are written down a second time here, from the literature, and hold for the
formulas of `queues.theory`; the measured ones have confidence intervals (99.9 %) over seeds, no
wider than a tenth of the figure to either side. Loads of at most 0.6 for the quick form: with
0.9, 400,000 people still move a mean by 5 %. At several desks it also goes person by person.
"""

import pytest

from luot.core.line import rules
from sim.queues import theory
from sim.queues.queueing import simulate
from sim.queues.theory import BUSY, ORDINARY, STRICT, Estimate, Model, exact, measure, recursion
from tests.faults.seeded import seed

SEEDS = 30
WIDEST = 0.1  # half an interval, of the figure

KNOWN = {
    Model(0.5, 1, 1): (0.5, 1.0, 0.5, 4.605170),
    Model(0.8, 1, 1): (0.8, 4.0, 3.2, 13.862944),
    Model(5, 8, 1): (0.625, 0.208333, 1.041667, 0.841910),
    Model(1.6, 1, 2): (0.711111, 1.777778, 2.844444, 6.637014),
    Model(2.4, 1, 3): (0.647191, 1.078652, 2.588764, 4.267697),
    Model(0.2, 0.1, 3): (0.444444, 4.444444, 0.888889, 21.848021),
    Model(0.2, 0.1, 4): (0.173913, 0.869565, 0.173913, 6.232662),
    Model(4.5, 1, 5): (0.762493, 1.524986, 6.862439, 5.449141),
    Model(9, 1, 10): (0.668732, 0.668732, 6.018584, 2.593360),
    Model(0.8, 1, 1, 0.25): (1.0, 5.0),
    Model(2.4, 1, 3, 0.25): (0.269663, 1.348315),
    Model(1.2, 1, 2, 0.25): (0.264706, 0.661765),
}


def astray(estimates: list[Estimate]) -> list[Estimate]:
    """Return the figures that theory contradicts."""
    return [estimate for estimate in estimates if not estimate.agrees]


@pytest.mark.parametrize("model", KNOWN)
def test_the_formulas_give_the_known_figures(model: Model) -> None:
    assert tuple(exact(model).values()) == pytest.approx(KNOWN[model], abs=1e-6)


def test_every_model_is_known() -> None:
    assert set(KNOWN) == {*ORDINARY, *STRICT, *BUSY}


def wide(estimates: list[Estimate]) -> list[Estimate]:
    """Return the figures that were measured too coarsely to contradict anything."""
    return [one for one in estimates if one.half > WIDEST * one.exact]


@pytest.mark.parametrize(("model", "customers"), [(ORDINARY[0], 2000), (STRICT[2], 4000)])
def test_the_core_does_what_theory_says(model: Model, customers: int) -> None:
    estimates = measure(model, SEEDS, customers)
    assert astray(estimates) == []
    assert wide(estimates) == []


@pytest.mark.parametrize("model", [*ORDINARY[3:], *BUSY])
def test_each_one_waits_as_long_as_the_recursion_says(model: Model) -> None:
    waits = simulate("fifo", *model, 2000, 1).waits[0]
    assert waits == pytest.approx(recursion(model, 2000, 1), abs=1e-6)


def test_a_core_that_leaves_one_waiting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lone = "(normal or urgent) if line.waiting[0] > 1 else 0"
    seed(monkeypatch, (rules,), "return normal or urgent", f"return {lone}")
    names = {estimate.name for estimate in astray(measure(ORDINARY[0], 6, 1500))}
    assert {"P(wait)", "Wq", "Lq"} <= names
    waits = simulate("fifo", *ORDINARY[4], 2000, 1).waits[0]
    assert waits != pytest.approx(recursion(ORDINARY[4], 2000, 1)[: len(waits)], abs=1e-6)


def test_a_core_without_classes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = "if line.rule == STRICT:\n        return urgent"
    seed(monkeypatch, (rules,), sound, "if 0:\n        pass")
    assert astray(measure(STRICT[0], 12, 1500)) != []


def test_the_long_form_is_the_same_on_every_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theory, "LONG", (6, 100))
    alone = [one for model in (*ORDINARY, *STRICT) for one in measure(model, 6, 100)]
    assert theory.long() == alone + [one for model in BUSY for one in measure(model, 12, 100)]


@pytest.mark.long
def test_the_core_does_what_theory_says_in_every_model() -> None:
    estimates = theory.long()
    for model, name, value, mean, half in estimates:
        what = f"M/M/{model.desks}" + (" strict" if model.share else "")
        told = f"exact {value:.4f}, measured {mean:.4f} +- {half:.4f}"
        print(f"{what:14} {model.arrival_rate:g} {model.service_rate:g} {name:12} {told}")
    assert astray(estimates) == []
    assert wide(estimates) == []
