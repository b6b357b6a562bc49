"""What the day was like: counts and sums for each service and each desk, in constant memory.

Owns the figures and the mean service time that the estimate of a wait rests on. It is told what
happened by `history`, so that a restart finds the same. It knows no ticket.

A *wait* is one stay in a row: from issue, transfer or return to the call. Time on hold is in none.
A *service* lasts from *arrived* until the ticket leaves the desk; one that was put on hold or sent
to another desk has more than one. What a restart lies in was not measured: it is counted as
untimed and in no sum. Times in whole seconds.
"""

from array import array

from luot.core.limits import SERVICES
from micropython import const

UNTIMED = const(0xFFFF)
LOGGED_LEAST = const(10)  # visits, before a wait is estimated
_SLOW = const(100)  # a visit's weight in the mean is one in so many
_FINE = const(1024)  # parts of a second
_STEP_S = const(300)
_STEP_MIN = const(5)
_MOST = const(0xFFFF)


def _words(count: int) -> "array[int]":
    return array("H", bytes(2 * count))


def _within(number: int) -> int:
    """Return a count as 16 bits hold it: of a day that nobody ends there may be more.

    After a loss something may be taken back that was never counted.
    """
    return min(max(number, 0), _MOST)


def _add(figures: "array[int]", row: int, number: int) -> None:
    """Add to a sum; as many seconds as can be timed fit 32 bits."""
    figures[row] = max(figures[row] + number, 0)


class Tally:
    """The figures of one day, by row: 0..7 the services, then the desks from 8 on."""

    def __init__(self, desks: int) -> None:
        """Begin with nothing, for so many desks."""
        self.rows = SERVICES + desks
        self.served = _words(self.rows)
        self.absent = _words(self.rows)
        self.waits = _words(self.rows)  # those timed
        self.worst = _words(self.rows)  # wait, s
        self.services = _words(self.rows)  # those timed, the last of a ticket or not
        self.wait_s = array("I", bytes(4 * self.rows))
        self.service_s = array("I", bytes(4 * self.rows))
        self.ratings = _words(3 * desks)  # three for each desk: very satisfied first
        self.visits = 0  # logged for the estimate, over all days, at most 100
        self.mean = 0  # of a visit: from call to finish, in 1/1024 s
        self.clear()

    def clear(self) -> None:
        """Begin a new day; the mean of a visit goes on."""
        self.untimed = 0
        for row in range(self.rows):
            self.served[row] = self.absent[row] = self.waits[row] = self.worst[row] = 0
            self.services[row] = self.wait_s[row] = self.service_s[row] = 0
        for i in range(len(self.ratings)):
            self.ratings[i] = 0

    def _rows(self, service: int, desk: int) -> "tuple[int, ...]":
        """Return the rows of a service and a desk; the settings may have fewer desks by now."""
        row = SERVICES - 1 + desk
        return (service, row) if SERVICES <= row < self.rows else (service,)

    def waited(self, service: int, desk: int, wait_s: int, sign: int) -> None:
        """Count a wait that ended at a desk, or with sign -1 take it back.

        The longest one stays: whose call was undone waits on, and longer.
        """
        if wait_s == UNTIMED:
            self.untimed = _within(self.untimed + sign)
            return
        for row in self._rows(service, desk):
            self.waits[row] = _within(self.waits[row] + sign)
            _add(self.wait_s, row, sign * wait_s)
            self.worst[row] = max(self.worst[row], wait_s)

    def worked(self, service: int, desk: int, service_s: int, served: int, sign: int) -> None:
        """Count a stretch of service and whether it was the ticket's last, or take it back."""
        for row in self._rows(service, desk):
            self.served[row] = _within(self.served[row] + sign * served)
            if service_s != UNTIMED:
                _add(self.service_s, row, sign * service_s)
                self.services[row] = _within(self.services[row] + sign)
        if service_s == UNTIMED:
            self.untimed = _within(self.untimed + sign)

    def missed(self, service: int, desk: int, sign: int) -> None:
        """Count somebody who did not come, or take it back."""
        for row in self._rows(service, desk):
            self.absent[row] = _within(self.absent[row] + sign)

    def rated(self, desk: int, grade: int) -> None:
        """Count an answer of 1 (very satisfied), 2 or 3 at a desk."""
        if 3 * desk <= len(self.ratings):
            at = 3 * desk + grade - 4
            self.ratings[at] = _within(self.ratings[at] + 1)

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
