"""What may happen to a ticket in which state, and where that leads: the automaton as one table.

Owns the table, which DESIGN.md 5.3 shows. What else must hold (whose turn it is, how often, at
which desk) is `order`. Replay asks only where a record leads: what happened is not refused.
"""

from luot.core.line.refusals import IN_SERVICE, NO_TICKET, NOBODY, WRONG
from luot.core.line.ticket import ABSENT, CALLED, DONE, HELD, SERVING, WAITING
from luot.core.records import ISSUE
from micropython import const

_WIDTH = const(7)

# A row for each kind of record from ISSUE to CANCEL: the state that it leads to, then for each
# state that a ticket may be in why that is refused, 0 if it is not. The first state is nobody's.
# fmt: off
_TABLE = bytes((
    # to     nobody     waiting    called     in service  on hold    absent
    WAITING, 0,         WRONG,     WRONG,     WRONG,      WRONG,     WRONG,      # ISSUE
    CALLED,  NOBODY,    0,         WRONG,     WRONG,      WRONG,     WRONG,      # CALL
    CALLED,  NO_TICKET, NO_TICKET, 0,         IN_SERVICE, NO_TICKET, NO_TICKET,  # RECALL
    ABSENT,  NO_TICKET, NO_TICKET, 0,         IN_SERVICE, NO_TICKET, NO_TICKET,  # ABSENT
    SERVING, NO_TICKET, NO_TICKET, 0,         IN_SERVICE, NO_TICKET, NO_TICKET,  # ARRIVED
    DONE,    NO_TICKET, NO_TICKET, WRONG,     0,          NO_TICKET, NO_TICKET,  # FINISH
    WAITING, NO_TICKET, WRONG,     WRONG,     WRONG,      WRONG,     0,          # BACK
    HELD,    NO_TICKET, NO_TICKET, 0,         0,          NO_TICKET, NO_TICKET,  # HOLD
    CALLED,  NO_TICKET, WRONG,     WRONG,     WRONG,      0,         WRONG,      # RESUME
    WAITING, NO_TICKET, NO_TICKET, 0,         0,          NO_TICKET, NO_TICKET,  # TRANSFER
    DONE,    NO_TICKET, 0,         0,         0,          0,         0,          # CANCEL
))
# fmt: on


def leads(kind: int) -> int:
    """Return the state that a ticket is in after a record of a kind, ISSUE to CANCEL."""
    return _TABLE[_WIDTH * (kind - ISSUE)]


def refusal(kind: int, state: int) -> int:
    """Return why a kind is refused for a ticket in a state up to ABSENT, 0 if it is not.

    State 0: there is no such ticket.
    """
    return _TABLE[_WIDTH * (kind - ISSUE) + 1 + state]
