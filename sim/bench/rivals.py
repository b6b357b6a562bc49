"""Customers a second of the shipped core, of Ciw and of SimPy: one model, one run.

Owns the model as each of them says it, and what is counted: the wait of every customer, nothing
else. The core decides and applies every issue, call and finish (`queueing`); the others have
queues of their own. Each draws its own numbers; what should come out is in `theory`.
"""

import time
from collections.abc import Callable, Generator
from math import sqrt
from random import Random
from statistics import mean, stdev
from typing import Any

import ciw
import simpy

from sim.bench.device import VERSION
from sim.bench.figure import Figure
from sim.queues import theory
from sim.queues.queueing import simulate
from sim.queues.theory import Model

MODEL = Model(2.4, 1, 3)  # load 0.8
CUSTOMERS = 20_000
SEEDS = 10


def ours(customers: int, seed: int) -> list[float]:
    """Return the waits by the shipped core."""
    return simulate("fifo", *MODEL, customers, seed).waits[0]


def by_simpy(customers: int, seed: int) -> list[float]:
    """Return the waits by SimPy: a process for each customer, a resource of so many desks."""
    rng = Random(seed)
    office = simpy.Environment()
    desks = simpy.Resource(office, MODEL.desks)
    waits = []

    def customer() -> Generator[simpy.Event, Any, None]:
        came = office.now
        with desks.request() as called:
            yield called
            waits.append(office.now - came)
            yield office.timeout(rng.expovariate(MODEL.service_rate))

    def people() -> Generator[simpy.Event, Any, None]:
        for _ in range(customers):
            yield office.timeout(rng.expovariate(MODEL.arrival_rate))
            office.process(customer())

    office.process(people())
    office.run()
    return waits


def by_ciw(customers: int, seed: int) -> list[float]:
    """Return the waits by Ciw."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(MODEL.arrival_rate)],
        service_distributions=[ciw.dists.Exponential(MODEL.service_rate)],
        number_of_servers=[MODEL.desks],
    )
    ciw.seed(seed)
    office = ciw.Simulation(network)
    office.simulate_until_max_customers(customers)
    return [record.waiting_time for record in office.get_all_records()]


RIVALS: dict[str, Callable[[int, int], list[float]]] = {
    "our core": ours,
    f"Ciw {ciw.__version__}": by_ciw,
    f"SimPy {simpy.__version__}": by_simpy,
}


def rivals() -> list[Figure]:
    """Return each one's customers a second and mean wait."""
    fastest = dict.fromkeys(RIVALS, float("inf"))  # s
    waits: dict[str, list[float]] = {name: [] for name in RIVALS}
    for seed in range(1, SEEDS + 1):
        for name, simulated in RIVALS.items():
            began = time.perf_counter()
            waited = simulated(CUSTOMERS, seed)
            fastest[name] = min(fastest[name], time.perf_counter() - began)
            waits[name].append(mean(waited))
    return figures({name: CUSTOMERS / wall_s for name, wall_s in fastest.items()}, waits)


def figures(rates: dict[str, float], waits: dict[str, list[float]]) -> list[Figure]:
    """Return the table's rows, of customers a second and of each seed's mean wait, by name."""
    own, *others = rates
    how = (
        f"M/M/{MODEL.desks}, load 0.8, {CUSTOMERS:,} customers and {SEEDS} seeds each, in turns; "
        f"the fastest counts; CPython {VERSION}"
    )
    core = f"{how}; every issue, call and finish is decided, stamped and applied"
    most = max(rates[name] for name in others)
    shown = [Figure(f"customers a second, {own}", rates[own], "/s", core, most, floor=True)]
    shown += [Figure(f"customers a second, {name}", rates[name], "/s", how) for name in others]
    exact = theory.exact(MODEL)["Wq"]
    how = "of those runs, in mean service times; half an interval of 99.9 % over the seeds"
    for name, means in waits.items():
        half = theory.T_QUANTILES[len(means) - 1] * stdev(means) / sqrt(len(means))
        parts = {"exact (Erlang C)": exact, "half the interval": half}
        shown.append(Figure(f"mean wait, {name}", mean(means), "", how, parts=parts))
    return shown
