"""The table of rooms is read as it stands in DESIGN.md, is true, and leads downwards only."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import door, rooms
from tests.rules.house import Source
from tests.rules.rooms import ROOMS, Room, idle, owner, read, room_of, upward

HEAD = "| room | where | what it is | may know | from outside |\n|---|---|---|---|---|\n"
TABLE = (
    HEAD
    + "| low | `sim/low/` | chips, strangers | | the standard library, `numpy` |\n"
    + "| high | `sim/high.py` | a day | low, low.one | as low |\n"
    + "| all | `sim/` | tried | everybody but low | |\n\nno | more | of | it |\n"
)


@pytest.fixture(scope="module")
def sources(root: Path, listed: Callable[..., list[str]]) -> list[Source]:
    """Every Python file of the project."""
    names = listed("--cached", "--others", "--exclude-standard", "*.py")
    files = [name for name in names if (root / name).is_file()]
    return [Source(name, (root / name).read_text(encoding="utf-8")) for name in files]


def test_a_table_is_read() -> None:
    low, high, everything = read(TABLE)
    assert (low.name, low.place, low.strangers, low.knows) == ("low", "sim/low/", True, ())
    assert {"numpy", "json"} <= set(low.outside)
    assert (high.knows, high.outside, high.dotted) == (("low", "low.one"), low.outside, "sim.high")
    assert (everything.knows, everything.outside) == (("high",), ())


def test_whose_a_file_and_a_name_are() -> None:
    low, high, everything = table = read(TABLE)
    assert room_of("sim/low/x.py", table) == owner("sim.low.x", table) == low
    assert room_of("sim/high.py", table) == owner("sim.high.High", table) == high
    assert room_of("sim/higher.py", table) == owner("sim.higher", table) == everything
    assert room_of("host/x.py", table) is owner("simple", table) is None


def test_the_table_leads_downwards() -> None:
    assert upward(ROOMS) == []


def test_what_leads_upwards_is_found() -> None:
    low, high, everything = read(TABLE)
    assert upward([high, low, everything]) != []
    assert upward([low, low]) != []
    loop = Room("loop", "sim/loop/", False, ("loop",), ())
    assert upward([loop]) != []


def test_the_table_allows_nothing_that_nobody_does(sources: list[Source]) -> None:
    assert idle(ROOMS, sources) == []


def test_an_idle_permission_is_found(sources: list[Source]) -> None:
    line = next(room for room in ROOMS if room.name == "line")
    more = [Room(**{**vars(r), "knows": (*r.knows, "box")}) if r is line else r for r in ROOMS]
    assert idle(more, sources) == ["line knows no box"]
    assert idle([*ROOMS, Room("attic", "sim/attic/", False, (), ())], sources) != []


def test_who_stands_behind_the_door_is_read(root: Path) -> None:
    assert len(door.BEHIND) == 7
    assert len(door.DOORKEEPERS) == 2
    assert all((root / name).is_file() for name in door.BEHIND + door.DOORKEEPERS)
    assert rooms.room_of(door.BEHIND[0]) == owner("luot.core.line")


def test_whatever_changes_a_line_is_known_to_do_so(sources: list[Source]) -> None:
    known = {*door.LINE, *(name for names in door.PARTS.values() for name in names)}
    found = door.movers([s for s in sources if s.path.startswith("firmware/luot/core/line/")])
    assert found - known == {"apply", "overtake"}, "these are told apart by what they are given"


def test_nobody_stands_behind_the_door_for_nothing(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BEHIND", ())
    through = {s.path for s in sources if s.path.startswith("firmware/") and list(door.door(s))}
    own = {"firmware/luot/core/line/line.py", "firmware/luot/core/line/history.py"}
    assert through | own >= set(named_behind(sources))


def named_behind(sources: list[Source]) -> list[str]:
    """The files of the core that DESIGN.md names, as it stands."""
    return [s.path for s in sources if s.path in door.listed(door._TEXT, "Behind that door are ")]
