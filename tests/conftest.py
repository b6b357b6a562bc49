"""What every test shares: how hard hypothesis tries, and when a promise may stay untried.

`quick` is what `make test` runs: the same examples every time. For a long search:
`.venv/bin/python -m pytest --hypothesis-profile thorough`.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("quick", derandomize=True, deadline=None, database=None)
settings.register_profile("thorough", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long, the tests that take hours (see `make torture`), and where they read."""
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")
    parser.addoption(
        "--days", metavar="FOLDER", help="arrivals for the long form of test_fairness"
    )
    parser.addoption("--histories", metavar="FILE", help="saved ones for test_on_micropython")


def pytest_configure(config: pytest.Config) -> None:
    """UsageError unless what is to be read is there."""
    for option in ("--days", "--histories"):
        path = config.getoption(option)
        if path and not Path(path).exists():
            raise pytest.UsageError(f"{option} {path}: no such file; give one that is there")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they are asked for."""
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def untried(reason: str) -> None:
    """Skip this test with one line; where nobody reads skips, under CI=true, fail it instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def need() -> Callable[[str], str]:
    """Return need(program): its path, or the end of the test where it is not installed."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            package = program.replace("_", "-")
            untried(f"{program} is not installed: sudo apt-get install {package}")
        return path or ""

    return find


@pytest.fixture(scope="session")
def listed() -> Callable[..., list[str]]:
    """Return listed(*options): what `git ls-files` answers, as paths from the root."""

    def ask(*options: str) -> list[str]:
        command = ("git", "ls-files", "-z", *options)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            untried(f"git cannot list the project's files: {done.stderr.strip()}")
        return [name for name in done.stdout.split("\0") if name]

    return ask
