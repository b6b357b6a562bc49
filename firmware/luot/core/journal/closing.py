"""The end of a day for whoever still holds a number.

Needed once a day. Owns who is sent home and when: a record each, in the journal, before the day is
closed. What such a record says is `premises`.
"""

from luot.core.journal.journal import Journal
from luot.core.line import premises
from luot.core.line.order import Order
from luot.core.line.ticket import DONE


def send_home(journal: Journal, order: Order, record: bytearray, time: int) -> None:
    """End the day for everybody who still holds a number; `time` as in a record.

    OSError when the flash refuses: then those before it were sent home, the others wait on.
    """
    for slot in range(1, order.tickets + 1):
        if 0 < order.state[slot] < DONE:
            premises.decide_end(order, record, slot, time)
            journal.append(record)
