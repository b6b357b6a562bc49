"""A measured figure beside its budget, and the two forms it is shown in.

Owns the shape of the table and of the JSON. Must never know what was measured, nor how.
"""

from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One figure: `value` in `unit`, and `how` it was obtained, with what was assumed.

    `budget` is the most it may be, or the least if `floor`; None: it is only stated. `parts` says
    what it is made of or what lies behind it, by name, in the same unit.
    """

    name: str
    value: float
    unit: str
    how: str
    budget: float | None = None
    floor: bool = False
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept, None where there is none."""
        if self.budget is None:
            return None
        return self.value >= self.budget if self.floor else self.value <= self.budget

    def as_json(self) -> dict[str, Any]:
        """Return everything, for the JSON file."""
        return {**vars(self), "kept": self.kept}


def number(value: float) -> str:
    """Return a figure as people read it: whole from 1,000 on, else three digits that count."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - len(str(int(abs(value)))) + 1)}f}"


def budget(figure: Figure) -> str:
    """Return the budget in words: at most, at least, and whether it was missed."""
    if figure.budget is None:
        return "stated"
    bound = f"{'≥' if figure.floor else '≤'} {number(figure.budget)}"
    return bound if figure.kept else f"{bound} MISSED"


def table(figures: list[Figure]) -> Table:
    """Return the table: name, figure, budget, how it was obtained, and of what it is made."""
    shown = Table("name", "figure", "budget", "how it was obtained", box=box.SIMPLE_HEAD)
    for column in shown.columns[:3]:
        column.overflow = "fold"
    for figure in figures:
        how = figure.how
        if figure.parts:
            parts = (f"{number(value)} {name}" for name, value in figure.parts.items())
            how += f": {', '.join(parts)}"
        style = "bold red" if figure.kept is False else ""
        value = f"{number(figure.value)} {figure.unit}"
        shown.add_row(figure.name, value, budget(figure), how, style=style)
    return shown
