"""Every state of a small office keeps the promises, and a line that does not is found.

The quick form knows every state of three tickets of whom nobody is sent elsewhere and no pager is
lost (undo at once or never), and goes as far as its bound for the rest. The long one knows every
state of three tickets, undo at once or never, in two parts: which pagers are lost decides nothing
that is not tried without once the last one has come, and who is sent elsewhere keeps the pager. It
also knows two million states of four tickets and two services, undo at any time. Each law has a
fault in the shipped core that breaks it.
"""

import os
from random import Random
from types import ModuleType

import pytest

from luot.core import records
from luot.core.journal import restore, rows
from luot.core.line import automaton, history, line, order, pool, premises, rules, undo, undoable
from sim.explore.explore import FOUR, HANDS, LOYAL, THREE, TWO, Explorer, Kept, Result, explore
from sim.explore.state import Command, Site, commands, look, name, recall
from tests.faults.seeded import seed

CORE: tuple[ModuleType, ...] = (
    *(automaton, history, line, order, pool, premises, restore, rows, rules, undo, undoable),
)
CORES = os.cpu_count() or 1
ONE = Site(tickets=1, pagers=1)
SMALL = Site(memory=1)


def test_every_state_of_one_ticket_is_sound() -> None:
    result = explore(ONE)
    assert result.closed
    assert result.finding == ""


def test_every_state_of_three_loyal_tickets_is_sound() -> None:
    closed(explore(LOYAL))


@pytest.mark.parametrize("site", [THREE, HANDS, TWO, FOUR])
def test_the_first_states_are_sound(site: Site) -> None:
    result = explore(site, 3000)
    assert result.finding == ""
    assert result.states >= 3000


@pytest.mark.parametrize("rule", [rules.STRICT, rules.ALTERNATE, rules.FIFO])
def test_the_first_states_are_sound_under_other_rules(rule: int) -> None:
    assert explore(SMALL._replace(rule=rule), 1500).finding == ""


def test_every_kind_of_command_is_obeyed_somewhere() -> None:
    explorer, obeyed = Explorer(SMALL), set()
    level = [explorer.first]
    seen = set(level)
    while level and len(seen) < 2000:
        found = set()
        for told in level:
            for command, then in explorer.expand(told):
                assert isinstance(then, bytes), then
                obeyed.add(command.kind)
                found.add(then)
        level = sorted(found - seen)
        seen |= found
    kinds = set(range(records.ISSUE, records.RATING + 1))
    assert obeyed >= kinds | {records.BOOT, records.DAY_OPEN, records.DAY_CLOSE}


def successors(explorer: Explorer) -> set[bytes]:
    """Names of all that can come next, as the line is; it stays as it is."""
    line, kept, found = explorer.line, Kept(explorer.line), set()
    for command in commands(explorer.site, line, look(line)):
        if not obey(explorer, command):
            found.add(name(explorer.site, line, look(line), {}))
            kept.put_back()
    return found


def obey(explorer: Explorer, command: Command) -> int:
    """Give a command; let it happen, and nothing be undone any more; return the refusal."""
    line = explorer.line
    refusal = explorer.ask(command, line.pressed[max(command.source, 0)] + 1)
    if not refusal:
        records.stamp(explorer.record, 0, line.ordinal + 1)
        line.apply(explorer.record)
        line.undoable.shut_all()
    return refusal


@pytest.mark.parametrize("site", [THREE._replace(late=True), TWO._replace(memory=0)])
def test_a_name_says_all_that_decides(site: Site) -> None:
    """A line that has come a long way and the one made from its name have the same ways on."""
    rng, back = Random(5), 0
    lived, named = Explorer(site), Explorer(site)
    line = lived.line
    for step in range(400):
        if step % 40 == 0:
            recall(line, lived.first)
        recall(named.line, name(site, line, look(line), {}))
        assert successors(lived) == successors(named)
        for command in rng.sample(given := commands(site, line, look(line)), len(given)):
            if likely(command, rng) and not obey(lived, command):
                break
        line.unrated[1:3] = b"\1\1"
        back += sum(ticket.place & 1 for ticket in look(line).values())
    assert back > 20


def likely(command: Command, rng: Random) -> bool:
    """Say whether somebody does that this time: to stay away and come back is what is done."""
    kinds = (records.DAY_OPEN, records.ISSUE, records.ABSENT, records.BACK)
    return command.kind in kinds or command[::3] == (records.CALL, 0) or rng.random() < 0.02


def test_it_is_found_again() -> None:
    assert explore(SMALL, 500) == explore(SMALL, 500)


# The fault in the core, and the law that it breaks.
FAULTS = {
    "called, and in its row": (
        "            self.dequeue(slot)\n            return\n",
        "            return\n",
        "in a row, but elsewhere",
    ),
    "called, and at no desk": (
        "        self.leave(slot)\n        self.opened[desk] = slot\n",
        "        self.leave(slot)\n",
        "open at no desk",
    ),
    "a row has lost its order": ("self.place[one] < ", "self.place[one] > ", "out of order"),
    "a pager is handed out twice": (
        "        self.pagers.take(pager)\n        slot = self.unused",
        "        slot = self.unused",
        "two hands",
    ),
    "passed once too often": (
        "return first if most >= line.overtakes_max",
        "return first if most > line.overtakes_max",
        "beyond K",
    ),
    "passed by number once too often": ("if passed and most >=", "if 0 and most >=", "beyond K"),
    "not counted as passed": (
        "min(max(passed + add, 0), 255)",
        "passed",
        "somebody else's ticket",
    ),
    "the class counts for nothing": (
        "return first if most >=",
        "return first if 1 or most >=",
        "somebody else's turn",
    ),
    "left at a desk that closes": (
        "        while line.head[row]:\n",
        "        while 0:\n",
        "in another's row",
    ),
    "a desk calls nobody": (
        "            if refused:\n                return refused\n            passed",
        "            if refused or self.intake:\n                return refusals.NOBODY\n"
        "            passed",
        "cannot call",
    ),
    "hold loses the place": (
        "        self.state[slot] = automaton.leads(before.kind)\n        if before",
        "        self.state[slot] = automaton.leads(before.kind)\n        self.place[slot] += 1\n"
        "        if before",
        "a ticket's place changed",
    ),
    "arrived changes the class": (
        "self.state[slot] = automaton.leads(kind)",
        "self.state[slot] = automaton.leads(kind)\n"
        "            self.lane[slot] ^= kind == records.ARRIVED",
        "a ticket's lane changed",
    ),
    "hold is absence": (
        "HELD,    NO_TICKET",
        "ABSENT,  NO_TICKET",
        "does something else",
    ),
    "who is called is at another desk": (
        "        self.leave(slot)\n        self.opened[desk] = slot\n",
        "        self.leave(slot)\n        self.opened[3 - desk] = slot\n",
        "at another desk",
    ),
    "a slot is used up": (
        "        if self.state[slot] == DONE:\n            self.state[slot] = self.arrival",
        "        if 0:\n            self.state[slot] = self.arrival",
        "a slot is lost",
    ),
    "deciding counts": ("slot, 0)[0] if", "slot, 1)[0] if", "deciding changes"),
    "back before everybody": (
        "self.place[head] | 1)",
        "0)",
        "before the next",
    ),
    "back with a new arrival": (
        "        self.place[slot] = get(record, AT_A, 2)",
        "        self.place[slot] = self.arrival[slot] = get(record, AT_A, 2)",
        "a ticket is gone",
    ),
    "undo forgets how often it was called": (
        "line.place[slot], line.calls[slot] = before.place, before.calls",
        "line.place[slot] = before.place",
        "undo leaves a ticket changed",
    ),
    "undo takes no passing back": (
        "line.overtake(desk, record[AT_D], slot, -1)",
        "pass",
        "undo leaves a ticket changed",
    ),
    "undo takes no absence back": (
        "tally.missed(service, desk, -1)",
        "pass",
        "undo leaves a figure changed",
    ),
    "undo after another command": (
        "if slot in (before.slot, before.closed) or (",
        "if 0 or (",
        "",
    ),
    "a restart forgets who was passed": (
        '"overtaken", 19, 1,',
        "",
        "a checkpoint changes something",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken, words = FAULTS[fault]
    seed(monkeypatch, CORE, sound, broken)
    found = explore(SMALL, 8000)
    assert words in found.finding
    assert found.finding, found


def closed(result: Result) -> None:
    """Fail unless every state was reached and none broke a law; say how many there are."""
    print(result)
    assert result.finding == ""
    assert result.closed


@pytest.mark.long
def test_two_million_states_of_two_services_are_sound() -> None:
    result = explore(FOUR, 2_000_000, jobs=CORES, tell=print)
    print(result)
    assert result.finding == ""
    assert result.states >= 2_000_000


@pytest.mark.long
@pytest.mark.parametrize("site", [THREE, HANDS])
def test_every_state_of_three_tickets_is_sound(site: Site) -> None:
    closed(explore(site, jobs=CORES, tell=print))
