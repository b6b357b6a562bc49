"""Every rule of SPEC.md 2.7 is named at the lines of core/journal that carry it out."""

import re
import tokenize
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SPEC = (ROOT / "firmware/SPEC.md").read_text(encoding="utf-8")
RULES = set(re.findall(r"(?m)^- \*\*([WR]\d+)\*\*", SPEC))
JOURNAL = [
    path.read_text(encoding="utf-8") for path in (ROOT / "firmware/luot/core/journal").glob("*.py")
]


def cited(text: str) -> set[str]:
    """Return the rules of SPEC.md 2.7 that comments and docstrings of a source name."""
    words = [
        part.string
        for part in tokenize.generate_tokens(StringIO(text).readline)
        if part.type == tokenize.COMMENT or part.string.startswith('"""')
    ]
    return {rule for said in words for rule in re.findall(r"\b[WR]\d+\b", said)}


def uncited(sources: list[str]) -> set[str]:
    """Return the rules that no source names, and what they name that is no rule."""
    return set().union(*map(cited, sources)) ^ RULES


def test_every_rule_is_named_where_it_is_carried_out() -> None:
    assert len(RULES) == 19
    assert uncited(JOURNAL) == set()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_that_is_named_nowhere_is_found(rule: str) -> None:
    assert uncited([re.sub(rf"\b{rule}\b", "", text) for text in JOURNAL]) == {rule}


def test_a_rule_that_is_none_is_found() -> None:
    assert uncited([*JOURNAL, "a = R12  # W10: once more\n"]) == {"W10"}
