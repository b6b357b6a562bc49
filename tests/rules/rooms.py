"""Who may import whom: the table of rooms in firmware/DESIGN.md 4, read from there and kept.

Owns how that table is read. A room is a file, or a folder without those of its folders that are
rooms themselves; what its cells say is the document's.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rules.house import EVERYWHERE, Breach, Source, rule

_DOCUMENT = Path(__file__).parent.parent.parent / "firmware/DESIGN.md"
_HEAD = "| room | where | what it is | may know | from outside |"
_LIBRARY = "the standard library"
_STRANGERS = "strangers"  # who does not know the others in the same room
_EVERYBODY = re.compile(r"everybody but (\w+)")


@dataclass(frozen=True)
class Room:
    """A row: whom its files may know, by room or by file, and names from outside."""

    name: str
    place: str
    strangers: bool
    knows: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def dotted(self) -> str:
        """What the names of its modules begin with."""
        path = self.place.removeprefix("firmware/").removesuffix(".py").removesuffix("/__init__")
        return path.strip("/").replace("/", ".")


def read(text: str) -> list[Room]:
    """Return the rooms in the order of the table, which is upwards."""
    rooms: list[Room] = []
    for line in text.partition(_HEAD + "\n")[2].splitlines()[1:]:
        if not line.startswith("|"):
            break
        name, place, what, knows, outside = [cell.strip() for cell in line.strip("|").split("|")]
        if everybody := _EVERYBODY.fullmatch(knows):
            known = [room.name for room in rooms if room.name != everybody[1]]
        else:
            known = [one.strip() for one in knows.split(",") if one.strip()]
        if same := re.fullmatch(r"as (\w+)", outside):
            names = next(room.outside for room in rooms if room.name == same[1])
        else:
            library = sys.stdlib_module_names if _LIBRARY in outside else ()
            names = (*re.findall(r"`([^`]+)`", outside), *library)
        room = Room(name, place.strip("`"), _STRANGERS in what, tuple(known), names)
        rooms.append(room)
    return rooms


ROOMS = read(_DOCUMENT.read_text(encoding="utf-8"))


def room_of(path: str, rooms: list[Room] = ROOMS) -> Room | None:
    """Return the room that a file is in."""
    found = [room for room in rooms if path.startswith(room.place)]
    return max(found, key=lambda room: len(room.place), default=None)


def owner(name: str, rooms: list[Room] = ROOMS) -> Room | None:
    """Return the room that a module, or what is imported from one, is in."""
    found = [room for room in rooms if f"{name}.".startswith(room.dotted + ".")]
    return max(found, key=lambda room: len(room.dotted), default=None)


def _file(room: Room, name: str) -> str:
    """Return `room.file` of what is imported from a room."""
    rest = name.removeprefix(room.dotted).strip(".")
    return f"{room.name}.{rest.partition('.')[0]}"


@rule(*EVERYWHERE)
def imports(source: Source) -> Iterator[Breach]:
    """Each room knows whom the table allows and nobody else."""
    room = room_of(source.path)
    if room is None:
        yield 1, "is in no room of firmware/DESIGN.md 4"
        return
    for line, name in source.imports:
        other = owner(name)
        if any(f"{name}.".startswith(free + ".") for free in room.outside):
            continue
        if other is None:
            yield line, f"imports {name}: no room of ours, and {room.name} may not know it"
        elif other is room:
            if room.strangers:
                yield line, f"imports {name}: they are strangers in {room.name}"
        elif other.name not in room.knows and _file(other, name) not in room.knows:
            yield line, f"imports {name}: {room.name} may not know {other.name}"


def upward(rooms: list[Room]) -> list[str]:
    """Return what breaks the table's own law: whom a room knows stands above it."""
    found, met = [], []
    for room in rooms:
        for known in room.knows:
            if known.partition(".")[0] not in met:
                found.append(f"{room.name} knows {known}, which does not stand above it")
        if room.name in met:
            found.append(f"two rooms are called {room.name}")
        met.append(room.name)
    return found


def idle(rooms: list[Room], sources: list[Source]) -> list[str]:
    """Return what the table allows and nobody does, and rooms in which nobody is."""
    used: dict[str, set[str]] = {room.name: set() for room in rooms}
    for source in sources:
        room = room_of(source.path, rooms)
        for _, name in source.imports if room else ():
            other = owner(name, rooms)
            if room and other:
                used[room.name] |= {other.name, _file(other, name)}
    found = []
    for room in rooms:
        if not any(room_of(source.path, rooms) is room for source in sources):
            found.append(f"nobody is in {room.name}")
        if room.name not in ("build", "tests"):  # whose rows say what they may come to need
            found += [
                f"{room.name} knows no {one}" for one in room.knows if one not in used[room.name]
            ]
    return found
