"""What the day was like: counts and sums for each service and each desk, in constant memory.

Owns the figures and the mean service time that the estimate of a wait rests on. It is told what
happened by `history`, so that a restart finds the same. It knows no ticket.

A *wait* is one stay in a row: from issue, transfer or return to the call. Time on hold is in none.
A *service* lasts from *arrived* until the ticket leaves the desk; a ticket that was put on hold in
between has more than one stretch of it. What a restart lies in was not measured: it is counted as
untimed and in no sum. Times in whole seconds.
"""

from array import array

from luot.core.limits import DESKS, SERVICES
from micropython import const

ROWS = const(40)  # 8 services, then 32 desks
UNTIMED = const(0xFFFF)
LOGGED_LEAST = const(10)  # visits, before a wait is estimated
_SLOW = const(100)  # a visit's weight in the mean is one in so many
_FINE = const(1024)  # parts of a second
_STEP_S = const(300)
_STEP_MIN = const(5)


def _words(count: int) -> "array[int]":
    return array("H", bytes(2 * count))


class Tally:
    """The figures of one day, by row: 0..7 the services, 8..39 desk 1..32."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.served = _words(ROWS)
        self.absent = _words(ROWS)
        self.waits = _words(ROWS)  # those timed
        self.worst = _words(ROWS)  # wait, s
        self.services = _words(ROWS)  # those timed
        self.wait_s = array("I", bytes(4 * ROWS))
        self.service_s = array("I", bytes(4 * ROWS))
        self.ratings = _words(3 * DESKS)  # three for each desk: very satisfied first
        self.visits = 0  # logged for the estimate, over all days, at most 100
        self.mean = 0  # of a visit: from call to finish, in 1/1024 s
        self.clear()

    def clear(self) -> None:
        """Begin a new day; the mean of a visit goes on."""
        self.untimed = 0
        for row in range(ROWS):
            self.served[row] = self.absent[row] = self.waits[row] = self.worst[row] = 0
            self.services[row] = self.wait_s[row] = self.service_s[row] = 0
        for i in range(3 * DESKS):
            self.ratings[i] = 0

    def waited(self, service: int, desk: int, wait_s: int, sign: int) -> None:
        """Count a wait that ended at a desk, or with sign -1 take it back.

        The longest one stays: whose call was undone waits on, and longer.
        """
        if wait_s == UNTIMED:
            self.untimed += sign
            return
        for row in (service, SERVICES - 1 + desk):
            self.waits[row] += sign
            self.wait_s[row] += sign * wait_s
            self.worst[row] = max(self.worst[row], wait_s)

    def worked(self, service: int, desk: int, service_s: int, served: int, sign: int) -> None:
        """Count a stretch of service (0 s: none) and whether it was the last, or take it back."""
        for row in (service, SERVICES - 1 + desk):
            self.served[row] += sign * served
            if service_s != UNTIMED:
                self.service_s[row] += sign * service_s
                self.services[row] += sign * served
        if service_s == UNTIMED:
            self.untimed += sign

    def missed(self, service: int, desk: int, sign: int) -> None:
        """Count somebody who did not come, or take it back."""
        self.absent[service] += sign
        self.absent[SERVICES - 1 + desk] += sign

    def visited(self, visit_s: int) -> None:
        """Log how long a ticket kept a desk, for the estimate; the first hundred weigh alike."""
        self.visits = min(self.visits + 1, _SLOW)
        self.mean += (visit_s * _FINE - self.mean) // self.visits

    def estimate_min(self, ahead: int, desks: int) -> int:
        """Return the lower end of the wait with so many ahead, in steps of 5 min; -1 unknown.

        (ahead + 1) x mean visit / open desks: the queue length times a slow average.
        """
        if self.visits < LOGGED_LEAST or not desks:
            return -1
        return (ahead + 1) * (self.mean // _FINE) // desks // _STEP_S * _STEP_MIN
