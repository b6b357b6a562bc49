"""What queueing theory says of the loop in `queueing`, and what the shipped core does in it.

Owns models with an exact answer (Erlang C; Cobham for strict priority) and the measurement of one
over many seeds, each a replication of its own, as a mean with a confidence interval.
"""

import heapq
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from math import factorial, log, sqrt
from random import Random
from statistics import mean, stdev
from typing import NamedTuple

from sim.queues.queueing import Result, draw, simulate

# Student's t, two-sided 99.9 %, by degrees of freedom: one figure in 1,000 lies outside by chance.
T_QUANTILES = {5: 6.869, 7: 5.408, 9: 4.781, 11: 4.437, 19: 3.883, 29: 3.659, 59: 3.463}
_WARM_UP = 0.1  # of a replication: the office opens empty


class Model(NamedTuple):
    """A Poisson stream, exponential service, so many desks; `share` have strict priority."""

    arrival_rate: float
    service_rate: float
    desks: int
    share: float = 0.0


class Estimate(NamedTuple):
    """A figure: what theory says, what was measured, half the width of its interval."""

    model: Model
    name: str
    exact: float
    mean: float
    half: float

    @property
    def agrees(self) -> bool:
        """Whether the exact figure lies in the interval."""
        return abs(self.mean - self.exact) <= self.half


ORDINARY = (
    Model(0.5, 1, 1),
    Model(0.8, 1, 1),
    Model(5, 8, 1),
    Model(1.6, 1, 2),
    Model(2.4, 1, 3),
    Model(0.2, 0.1, 3),
    Model(0.2, 0.1, 4),
)
BUSY = (Model(4.5, 1, 5), Model(9, 1, 10))  # load 0.9: only many long replications tell
STRICT = (Model(0.8, 1, 1, 0.25), Model(2.4, 1, 3, 0.25), Model(1.2, 1, 2, 0.25))
LONG = (30, 32_000)  # replications of each model, and people in each: a busy day never ends
_MORE = 2  # times as many replications of the busy ones


def exact(model: Model) -> dict[str, float]:
    """Return P(wait), Wq, Lq, p95 of the wait; with priority the mean wait of each class."""
    rate, service, desks, share = model
    offered = rate / service
    free = desks * service - rate
    last = offered**desks / factorial(desks) * desks / (desks - offered)
    waits = last / (sum(offered**k / factorial(k) for k in range(desks)) + last)
    if share:
        left = 1 - share * offered / desks
        first = waits / (desks * service) / left
        return {"Wq priority": first, "Wq ordinary": first * desks * service / free}
    p95 = max(log(waits / 0.05) / free, 0.0)
    return {"P(wait)": waits, "Wq": waits / free, "Lq": rate * waits / free, "p95": p95}


def quantile(values: list[float] | list[int], part: float) -> float:
    """Return the value that `part` of all stay below, 0 of none."""
    return sorted(values)[min(int(part * len(values)), len(values) - 1)] if values else 0.0


def figures(model: Model, result: Result) -> dict[str, float]:
    """Return the same figures of one replication."""
    ordinary, priority = result.waits
    if model.share:
        return {"Wq priority": mean(priority), "Wq ordinary": mean(ordinary)}
    waited = sum(wait > 0 for wait in ordinary) / len(ordinary)
    p95 = quantile(ordinary, 0.95)
    return {"P(wait)": waited, "Wq": mean(ordinary), "Lq": result.queue, "p95": p95}


def recursion(model: Model, customers: int, seed: int) -> list[float]:
    """Return each one's wait, first come, first served (Kiefer and Wolfowitz): people as drawn."""
    rate, service, desks, share = model
    free = [0.0] * desks  # from when on, by desk
    waits = []
    for person in draw(rate, service, share, customers, Random(seed)):
        begin = max(person.arrive, free[0])
        heapq.heapreplace(free, begin + person.serve)
        waits.append(begin - person.arrive)
    return waits


def replicate(model: Model, customers: int, seed: int) -> dict[str, float]:
    """Return the figures of one replication of the shipped core in a model."""
    rule = "strict" if model.share else "fifo"
    warm_up = int(_WARM_UP * customers)
    return figures(model, simulate(rule, *model, customers, seed, warm_up=warm_up))


def estimates(model: Model, told: list[dict[str, float]]) -> list[Estimate]:
    """Return what replications tell beside what theory says; as many as T_QUANTILES has."""
    made = []
    for name, value in exact(model).items():
        found = [one[name] for one in told]
        half = T_QUANTILES[len(told) - 1] * stdev(found) / sqrt(len(told))
        made.append(Estimate(model, name, value, mean(found), half))
    return made


def measure(model: Model, seeds: int, customers: int) -> list[Estimate]:
    """Return what the core does in a model beside what theory says; `seeds` as in T_QUANTILES."""
    return estimates(model, [replicate(model, customers, n) for n in range(1, seeds + 1)])


def long() -> list[Estimate]:
    """Return all figures of all models: 13.4 million people, a quarter of an hour of one core.

    Every core of this machine takes its share; what comes out does not depend on how many.
    """
    seeds, customers = LONG
    each = [(model, seeds) for model in (*ORDINARY, *STRICT)]
    each += [(model, _MORE * seeds) for model in BUSY]
    work = [(model, customers, n) for model, most in each for n in range(1, most + 1)]
    with ProcessPoolExecutor() as pool:
        told = pool.map(replicate, *zip(*work, strict=True))
        found = [(model, list(islice(told, most))) for model, most in each]
    return [estimate for model, some in found for estimate in estimates(model, some)]
