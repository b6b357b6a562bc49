"""Faults of the ordering core, each as a text of its source and what to make of it.

Data only: test_order.py plays histories until each one is found.
"""

from luot.core.journal import restore, rows, snapshot
from luot.core.line import (
    automaton,
    history,
    line,
    order,
    pool,
    premises,
    rules,
    tally,
    undo,
    undoable,
)

MODULES = (
    *(automaton, history, line, order, pool, premises, rules, tally, undo, undoable),
    *(restore, rows, snapshot),
)

FAULTS = {
    # Whose turn it is.
    "last come, first served": ("self.place[one] < ", "self.place[one] > "),
    "the class counts for nothing": ("return first if most", "return first if 1 or most"),
    "the class is all": ("return first if most", "return first if 0 and most"),
    "overtaking is not counted": ("min(max(passed + add, 0), 255)", "passed"),
    "passed once too often": (
        "return first if most >= line.overtakes_max",
        "return first if most > line.overtakes_max",
    ),
    "passed at desks of others": (
        "elif services >> service & 1:\n                other",
        "elif 1:\n                other",
    ),
    "strict is not": (
        "if line.rule == STRICT:\n        return urgent",
        "if line.rule == 9:\n        return urgent",
    ),
    "alternate does not": ("last_class[desk] == PRIORITY", "last_class[desk] == 9"),
    "fifo is not": ("line.rule == FIFO", "line.rule == 9"),
    "a desk calls whom it cannot serve": (
        "if services >> service & 1:\n            slot",
        "if 1:\n            slot",
    ),
    "by number beyond K": ("if passed and most >= self.overtakes_max", "if 0 and passed"),
    "by number from other desks": ("or not self.reaches(desk, services, slot)", "or 0"),
    "by number passes unseen": (
        "passed += self.overtake(desk, services, slot, 0, PRIORITY)[0]",
        "pass",
    ),
    "by number passes uncounted": (
        "if lane & 1 or record[AT_C] & records.BY_NUMBER",
        "if lane & 1",
    ),
    "deciding counts": ("(desk, services, slot, 0)[0] if", "(desk, services, slot, 1)[0] if"),
    "whoever waits for a desk is called elsewhere": (
        "return bound == desk if bound else",
        "return",
    ),
    # Who stands where.
    "a row forgets its end": ("if self.tail[row] == slot:", "if 0:"),
    "the pager of an absent one is free": (
        "        if before.kind == records.ABSENT:\n            self.tally",
        "        if before.kind == records.ABSENT:\n"
        "            self.pagers.give(self.pager[slot])\n            self.tally",
    ),
    "a finished one keeps the pager": ("self.pagers.give(self.pager[slot])", "pass"),
    "the pager just returned goes out first": (
        "self._after[n] = 0\n        if self._last:",
        "self._after[n] = self.first\n        if not self._last:\n            self._last = n\n"
        "        self.first = n\n        self.free += 1\n        return\n        if self._last:",
    ),
    "a call closes nobody": (
        "                self.close(closed, desk, before)\n",
        "                pass\n",
    ),
    "hold loses the place": (
        "        self.state[slot] = automaton.leads(before.kind)\n        if before",
        "        self.state[slot] = automaton.leads(before.kind)\n        self.place[slot] += 2\n"
        "        if before",
    ),
    "hold keeps the desk": (
        "        self.leave(slot)\n        self.state[slot] = automaton",
        "        self.state[slot] = automaton",
    ),
    "resume closes nobody": (
        "            a, c = self.closes(desk), self.unknown(desk)",
        "            pass",
    ),
    "anybody is resumed": (
        "CALLED,  NO_TICKET, WRONG,     WRONG,     WRONG,      0, ",
        "CALLED,  NO_TICKET, 0,         0,         0,          0, ",
    ),
    "whoever is on hold is back": (
        "WRONG,      WRONG,     0,          # BACK",
        "WRONG,      0,         0,          # BACK",
    ),
    "recall leads nowhere": ("CALLED,  NO_TICKET, NO_TICKET", "WAITING, NO_TICKET, NO_TICKET"),
    "who is served is absent": (
        "IN_SERVICE, NO_TICKET, NO_TICKET,  # ABSENT",
        "0,          NO_TICKET, NO_TICKET,  # ABSENT",
    ),
    "transfer changes the arrival": (
        "            self.bound[slot] = record[AT_C]\n",
        "            self.bound[slot] = record[AT_C]\n"
        "            self.arrival[slot] = self.arrivals\n",
    ),
    "transfer loses the place": ("a=self.place[slot], c=bound", "a=2 * self.arrivals, c=bound"),
    "transfer changes the class": ("lane = 2 * target + (lane & 1)", "lane = 2 * target"),
    "transfer to nobody's service": ("if not served >> target & 1:", "if 0:"),
    "transfer to a desk that is closed": (
        "or self.desk_state[bound] != OPEN:\n                return",
        "or 0:\n                return",
    ),
    "back before all": ("self.place[head] | 1)", "self.place[slot])"),
    "back behind all": ("self.place[head] | 1)", "2 * self.arrivals + 1)"),
    "back farther each time": ("self.place[head] | 1)", "self.place[head] + 1)"),
    "a cancelled absent one's pager is in": (
        "self.end(slot, before.state != ABSENT)",
        "self.end(slot)",
    ),
    "fold forgets whoever is bound": (
        "        while line.head[row]:\n",
        "        while 0:\n",
    ),
    "a break folds nobody": (
        "    if line.desk_state[desk] == OPEN:\n        return\n",
        "    if line.desk_state[desk] != CLOSED:\n        return\n",
    ),
    "a call opens no desk": ("        self.desk_state[desk] = OPEN\n", ""),
    # Undo.
    "undo too late": ("since_ms > UNDO_MS", "since_ms < 0"),
    "undo of whom others touched": ("slot in (before.slot, before.closed)", "slot == 0"),
    "undo of a call that others followed": ("and before.passed\n", "and 0\n"),
    "undo hands a pager out twice": ("(full or same)", "full"),
    "undo without room": ("(full or same)", "same"),
    "undo counts nobody back": ("line.overtake(desk, record[AT_D], slot, -1)", "pass"),
    "undo counts all back": ("before.passed = 1 if passed else 0", "before.passed = 1"),
    "undo loses the place": (
        "line.place[slot], line.calls[slot] = before.place, before.calls",
        "line.calls[slot] = before.calls",
    ),
    "undo loses the calls": (
        "line.place[slot], line.calls[slot] = before.place, before.calls",
        "line.place[slot] = before.place",
    ),
    "undo closes still": ("        line.opened[desk] = closed\n", "        pass\n"),
    "undo keeps the class called last": (
        "line.last_class[desk] = before.last_class",
        "pass",
    ),
    "undo spends no number": (
        "    if kind == records.ISSUE:\n        line.end(slot)\n",
        "    if kind == records.ISSUE:\n        line.end(slot)\n"
        "        line.counts[line.lane[slot] >> 1] -= 1\n",
    ),
    "undo twice": (
        "    line.undoable.notes.remove(before)\n    slot, closed",
        "    slot, closed",
    ),
    "undo after a start": (
        "    line.quiet_boots += 1\n    line.undoable.shut_all()\n",
        "    line.quiet_boots += 1\n",
    ),
    # Office.
    "a lost pager is handed out": (
        "    else:\n        line.pagers.take(pager)\n",
        "",
    ),
    "a lost pager is with its holder": (
        "            line.pager[slot] = 0\n",
        "                pass\n",
    ),
    "an absent one is expected without a pager": ("        if gone:\n", "        if 0:\n"),
    "the day closes with living tickets": (
        "elif order.alive:\n        return ALIVE",
        "elif 0:\n        return ALIVE",
    ),
    "the day goes on after its end": (
        "get(record, AT_TICKET, 2)), 0\n",
        "get(record, AT_TICKET, 2)), 1\n",
    ),
    "numbers go on over days": (
        "        line.counts[service] = 0\n",
        "        pass\n",
    ),
    "the intake's pause is ignored": ("if self.intake:", "if 0:"),
    "the line is never full": ("if self.alive >= self.tickets or", "if 0 or"),
    "the rack is never empty": ("if not self.pagers.free:", "if 0:"),
    "somebody rates twice": (
        "            self.unrated[record[AT_DESK]] = 0\n",
        "            pass\n",
    ),
    "a restart forgets who rated": ('"unrated", 24, 1,', ""),
    "a rating is another desk's": (
        "at = 3 * desk + grade - 4",
        "at = grade - 1",
    ),
    "a desk's break closes nobody": (
        "        line.close(slot, desk, Before(record[AT_SOURCE], records.DESK, slot))\n",
        "        pass\n",
    ),
    # Presses and calls.
    "a press counts twice": ("if last and last - press & 0xFFFF < _OLD:", "if 0:"),
    "an old press counts": ("if last and last - press & 0xFFFF < _OLD:", "if last == press:"),
    "a rating is the desk's press": ("0 if kind == records.RATING else press", "press"),
    "an open desk opens": ("if extra == order.desk_state[at]:", "if 0:"),
    "a copy counts again": ("if ordinal <= self.ordinal:", "if ordinal < 0:"),
    "finish begins again": ("            kind = records.FINISH\n", "            pass\n"),
    "called without end": ("if c > self.calls_max:", "if 0:"),
    "called again too soon": ("extra < self.recall_gap_ms", "extra < 0"),
    # Figures.
    "an undone call's wait counts": ("tally.waited(service, desk, before.wait_s, -1)", "pass"),
    "an undone end counts as served": (
        "tally.worked(served, desk, before.service_s, 1, -1)",
        "pass",
    ),
    "an undone absence counts": ("tally.missed(service, desk, -1)", "pass"),
    "hold is service": (
        "before.service_s = self._since(self.served_from[desk])",
        "before.service_s = 0",
    ),
    "a start is measured": (
        "        line.since[slot] = UNKNOWN\n    for desk",
        "        pass\n    for desk",
    ),
    "a clock set back measures": ("else max(now - then, 0)", "else abs(now - then)"),
    # Restarts.
    "a restart forgets presses": (
        "order.pressed[i] = _word(record, rows.PRESSED, i - at)",
        "pass",
    ),
    "a restart forgets some presses": (
        "at + rows.PRESSES if at + rows.PRESSES < SOURCES",
        "0 if 1",
    ),
    "a restart forgets some desks": (
        "after = at + 1 if at + 1 < len(order.services)",
        "after = 0 if 1",
    ),
    "a restart forgets some pagers": ("order.pagers.after(after) if after", "0 if 1"),
    "a restart forgets overtakings": ('"overtaken", 19, 1,', ""),
    "a restart forgets calls": ('"calls", 20, 1,', ""),
    "a restart forgets who waits": ("order.enqueue(slot)", "pass"),
    "a restart forgets who is bound": ('"bound", 23, 1,', ""),
    "a restart forgets what can be undone": ("order.undoable.notes.append(before)", "pass"),
    "a restart forgets whom a call closed": (
        "before.closed = _slot(order, get(record, rows.UNDO_CLOSED, 2))",
        "pass",
    ),
    "a restart forgets where an undo leads": ('"bound", 15, 1,', ""),
    "a restart forgets who was in service": (
        "before.closed_state = record[rows.UNDO_STATES] >> 4",
        "pass",
    ),
    "a restart forgets the intake's pause": ('"intake", 9, 1,', ""),
    "a restart forgets the waits": ('"wait_s", 15, 4,', ""),
    # Losses.
    "a number comes twice after a loss": (
        "        self.counts[letter] = max",
        "        if self.unused:\n            self.counts[letter] = max",
    ),
    "numbers are counted, not read": (
        "max(self.counts[letter], number)",
        "self.counts[letter] + 1",
    ),
    "a pager is in two hands after a loss": (
        "if 0 < self.state[slot] < DONE and self.pager[slot] == pager:",
        "if 0:",
    ),
    "a pager is thought free after a loss": (
        "            self.state[other] = ABSENT\n",
        "            self.end(other)\n            self.release(other)\n",
    ),
    "somebody is nowhere after a loss": (
        "            self.state[other] = ABSENT\n",
        "            pass\n",
    ),
}

# Histories in which the rarer ones are found, to be quick: all others are tried after it.
FOUND_IN = {
    "the class is all": 105,
    "passed once too often": 105,
    "by number beyond K": 186,
    "by number passes uncounted": 42,
    "back behind all": 18,
    "a lost pager is with its holder": 21,
    "an absent one is expected without a pager": 27,
    "a restart forgets some presses": 68,
    "a restart forgets overtakings": 144,
    "a restart forgets who is bound": 134,
    "a restart forgets whom a call closed": 43,
    "a restart forgets the intake's pause": 44,
}
