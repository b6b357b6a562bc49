"""What the display shows, and for how long.

Owns which message has the display and when the quiet screens alternate; how a screen looks is
`screens`. Two people look at once: the desks (and the hall) read the upper side, the clerk who
issues numbers the lower one; when both have news each gets a half. A message of the upper side is
never cut short: the next one waits, unless the same desk has newer news by then. No other message
cuts a call short, only a key of the menu that it hides; what else a desk is told gives way to its
own next message. On the lower side a newer message takes over at once, but a number just issued is
to be read: what comes within two seconds of it waits until they are over.
"""

from micropython import const

_HOLD_MS = const(4_000)  # a call, an issue or a refusal has the display for at least this long
_READ_MS = const(2_000)  # a number issued has it for at least this long, when more comes after it
_LATER_MAX = const(16)  # messages for the clerk that wait: half a minute
_RESTORED_MS = const(15_000)  # after a restart: to compare the last number with the rack
_QUIET_MS = const(5_000)  # each of the quiet screens

# Views. A message is (view, what to draw). Nobody else has to name the private two.
_NOTHING = const(0)
CALL = const(1)
ISSUE = const(2)
NOTICE = const(3)
RESTORED = const(4)
BOARD = const(5)
WAITING = const(6)
_STATUS = const(7)
FAULT = const(8)
TOLD = const(9)
SETUP = const(10)


class Panel:
    """The choice of screens; `upper`, `lower` and `quiet` are what is to be drawn now."""

    def __init__(self) -> None:
        """Show the quiet screens, none yet."""
        self.upper: tuple[int, tuple] = (_NOTHING, ())
        self.lower: tuple[int, tuple] = (_NOTHING, ())
        self.quiet = SETUP  # at a start, before the others: whoever set the box up is there then
        # Words of the string table, each with its {n}, as long as the fault lasts.
        self.faults: list[tuple[str, int | str]] = []
        # What waits for the upper side, as (about, message): about a desk that called, minus one
        # that is told something else, or a fault's word.
        self._queue: list[tuple] = []
        self._later: list[tuple[int, tuple]] = []  # what waits for the lower side
        self._lower_from = 0
        self.news = 0  # the desk that is told something other than a call just now
        self._upper_until = self._lower_until = self._restored_until = 0
        self._quiet_until = _QUIET_MS
        self._restored: tuple = ()
        self._step = 0  # of the rotation
        self._changed = True

    def call(self, now: int, label: str, desk: int, priority: bool, nth: int) -> None:
        """Announce a call (nth = 1) or a recall."""
        self._announce(now, desk, (CALL, (label, desk, priority, nth)))

    def refuse(self, now: int, desk: int, text: str) -> None:
        """Tell a desk why its press did nothing; 0 is the clerk."""
        self._say(now, desk, (NOTICE, (text,)))

    def tell(self, now: int, desk: int, title: str, text: str) -> None:
        """Say to a desk, which `title` names, that something was done; 0 is the clerk."""
        self._say(now, desk, (TOLD, (title, text)))

    def _say(self, now: int, desk: int, message: tuple[int, tuple]) -> None:
        if desk:
            self._announce(now, -desk, message)
        else:
            self._tell(now, message)

    def issue(self, now: int, label: str, pager: int, wait_min: int, priority: bool) -> None:
        """Show the clerk the number just issued, its class, its pager, and the expected wait."""
        self._tell(now, (ISSUE, (label, pager, wait_min, priority)))

    def restored(self, now: int, label: str, pager: int) -> None:
        """Say that the line was restored, and the last number issued before ('' none)."""
        self._restored = (label, pager)
        self._restored_until = now + _RESTORED_MS
        self._quiet_until = self._restored_until + _QUIET_MS
        self._changed = True

    def fault(self, now: int, key: str, lasts: bool, n: "int | str" = 0) -> None:
        """Note that a fault began, which is announced at once, or that it is over."""
        for i in range(len(self.faults)):
            if self.faults[i][0] == key:
                if not lasts:
                    del self.faults[i]
                    self.forget(key)
                    self._changed = True
                elif self.faults[i][1] != n:
                    self.faults[i] = (key, n)
                return
        if lasts:
            self.faults.append((key, n))
            self._announce(now, key, (FAULT, (key, n)))

    def touch(self) -> None:
        """Something that a quiet screen shows has changed."""
        self._changed = True

    def update(self, now: int, board: bool) -> bool:
        """Move on to `now` and say whether to draw; `board`: there are calls to be listed."""
        if self.upper[0] and now >= self._upper_until:
            self.upper = (_NOTHING, ())
            if self._queue:
                about, message = self._queue.pop(0)
                self._show_upper(now, about, message)
            self._changed = True
        if self.lower[0] and now >= self._lower_until:
            self.lower = (_NOTHING, ())
            if self._later:
                self._show_lower(now, self._later.pop(0))
            self._changed = True
        if self._restored and now >= self._restored_until:
            self._restored = ()
            self._changed = True
        if now >= self._quiet_until:
            self._rotate(now, board)
        changed = self._changed
        self._changed = False
        return changed

    def wake(self) -> int:
        """Return when the display changes by itself, ms."""
        wake = self._quiet_until
        if self.upper[0]:
            wake = min(wake, self._upper_until)
        if self.lower[0]:
            wake = min(wake, self._lower_until)
        if self._restored:
            wake = min(wake, self._restored_until)
        return wake

    def view(self) -> tuple[int, tuple]:
        """Return what to draw while neither side has news."""
        if self._restored:
            return RESTORED, self._restored
        if self.quiet == FAULT and self.faults:
            return FAULT, self.faults[(self._step - FAULT) % len(self.faults)]
        return self.quiet, ()

    def _announce(self, now: int, about: "int | str", message: tuple[int, tuple]) -> None:
        if not self.upper[0] or (not self._queue and about in (self.news, -self.news)):
            self._show_upper(now, about, message)
            return
        for i in range(len(self._queue)):
            if self._queue[i][0] == about:
                self._queue[i] = (about, message)
                return
        self._queue.append((about, message))

    def forget(self, about: "int | str") -> None:
        """Drop what waits; on its own, as a closure allocates even where it is not entered."""
        self._queue = [waiting for waiting in self._queue if waiting[0] != about]

    def _show_upper(self, now: int, about: "int | str", message: tuple[int, tuple]) -> None:
        self.upper = message
        self.news = -about if isinstance(about, int) and about < 0 else 0
        self._upper_until = now + _HOLD_MS
        self._changed = True

    def _tell(self, now: int, message: tuple[int, tuple]) -> None:
        self._restored = ()
        if not self._later and (self.lower[0] != ISSUE or now >= self._lower_from + _READ_MS):
            self._show_lower(now, message)
            return
        if self._later and self._later[-1][0] != ISSUE:
            self._later.pop()
        elif len(self._later) == _LATER_MAX:
            self._later.pop(0)
        self._later.append(message)
        self._lower_until = self._lower_from + _READ_MS

    def _show_lower(self, now: int, message: tuple[int, tuple]) -> None:
        self.lower = message
        self._lower_from = now
        self._lower_until = now + (_READ_MS if self._later else _HOLD_MS)
        self._changed = True

    def _rotate(self, now: int, board: bool) -> None:
        """Go to the next quiet screen: calls, waiting, status, then each fault."""
        self._quiet_until = now + _QUIET_MS
        step = self._step + 1
        if not BOARD <= step <= _STATUS + len(self.faults):
            step = BOARD
        if step == BOARD and not board:
            step = WAITING
        self._step = step
        self.quiet = min(step, FAULT)
        self._changed = True
