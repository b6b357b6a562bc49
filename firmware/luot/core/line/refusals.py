"""Why a command is refused: what `Order.decide` answers instead of a record.

Owns numbers only; the words are in the string tables.
"""

from micropython import const

# 0 means that the record is ready.
REPEATED = const(1)  # obeyed before (a press, a rating): answer it, do not obey it again
NOBODY = const(2)  # nobody waits for a service of this desk
NO_PAGER = const(3)
FULL = const(4)  # too many tickets alive, or too many of one day
NO_TICKET = const(5)  # no ticket is open at this desk
IN_SERVICE = const(6)  # it is being served already
CALLED_OUT = const(7)  # called as often as the settings allow
TOO_SOON = const(8)  # the gap between two calls has not passed
PAUSED = const(9)  # no numbers are issued at present
DAY_OVER = const(10)
TOO_LATE = const(11)  # to undo it
TOUCHED = const(12)  # there was another command since
WRONG = const(13)  # no such ticket, desk or pager, or not in that state
PASSED_OUT = const(14)  # somebody would be passed more often than the rule allows
ALIVE = const(15)  # somebody still holds a number
