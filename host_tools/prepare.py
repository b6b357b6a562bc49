"""Make what every other `make` word stands on: Python packages, MicroPython for Node, decoders.

Owns .venv and sim/vm/node_modules. It runs before either exists, so it needs nothing but Python
3.11. A stamp is written after each part, last, and lost before it is made again: a part without
its stamp, or with another one, is made anew from nothing. So the next call heals an interrupted
one, and repeats nothing of a finished one. The pins are in pyproject.toml and package-lock.json;
where packages are fetched from is the machine's business.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(".venv")  # holds the stamps too, since everything else stands on it
PYTHON = VENV / "bin" / "python"
PIP = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check")
OFFLINE = "packages could not be fetched; is this machine connected?"
DECODERS = {"multimon-ng": "multimon-ng", "rtl_433": "rtl-433"}  # program: Debian package


def python_packages(pins: dict[str, list[str]]) -> None:
    """Make .venv with exactly the pinned packages, and the type checker's stubs aside."""
    stamp = VENV / "made-python"
    want = f"{ROOT} {sys.version_info[:2]} {pins}"  # a venv can be neither moved nor upgraded
    if read(stamp) == want and PYTHON.exists():
        return
    say("Set-up: Python packages into .venv ...")
    need_venv()
    stamp.unlink(missing_ok=True)
    run(sys.executable, "-m", "venv", "--clear", VENV, problem=".venv could not be made.")
    packages = pins["run"] + pins["judge"] + pins["brought"]
    run(*PIP, "install", "--no-deps", *packages, problem=OFFLINE)
    stubs = VENV / "stubs"
    run(*PIP, "install", "--no-deps", "--target", stubs, *pins["stubs"], problem=OFFLINE)
    run(PYTHON, "-m", "pip", "check", problem="pyproject.toml lacks a pin.")
    stamp.write_text(want)


def need_venv() -> None:
    """See to it that `python3 -m venv` works: Debian ships that as a package of its own."""
    package = f"python3.{sys.version_info.minor}-venv"
    if find_spec("ensurepip") is None and not apt(package):
        stop(f"this Python cannot make a virtual environment. Run: sudo apt-get install {package}")


def node_packages(pins: list[str]) -> None:
    """Make sim/vm/node_modules exactly as its lock file says; Node itself where there is none."""
    stamp = VENV / "made-node"
    want = f"{shutil.which('node')} {Path('sim/vm/package-lock.json').read_text()}"
    if read(stamp) == want and Path("sim/vm/node_modules").is_dir():
        return
    say("Set-up: MicroPython for Node into sim/vm/node_modules ...")
    stamp.unlink(missing_ok=True)
    os.environ.setdefault("NODE_USE_SYSTEM_CA", "1")  # as pip does: trust what the machine trusts
    npm = (PYTHON, "-m", "sim.vm.node", "npm")
    if not works(*npm, "--version"):
        run(*PIP, "install", "--no-deps", *pins, problem=OFFLINE)
    run(*npm, "ci", "--ignore-scripts", "--loglevel=error", problem=OFFLINE)
    stamp.write_text(want)


def decoders() -> None:
    """Install the pager decoders nobody here wrote, where we may; where not, say so once."""
    missing = [package for program, package in DECODERS.items() if not shutil.which(program)]
    stamp = VENV / "made-decoders"
    if not missing or stamp.exists():
        return
    names = " ".join(missing)
    say(f"Set-up: Debian packages {names} ...")
    if not apt(*missing):
        say(f"Not installed, so tests that need them are skipped: sudo apt-get install {names}")
    stamp.touch()


def apt(*packages: str) -> bool:
    """Install Debian packages; say whether that was allowed and worked."""
    become = () if os.geteuid() == 0 else ("sudo", "-n")
    get = (*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    install = (*get, "-o", "DPkg::Lock::Timeout=60", "install", "--yes", *packages)
    return works(*install) or (
        works(*become, "dpkg", "--configure", "-a")  # an earlier call may have been interrupted
        and works(*get, "update")
        and works(*install)
    )


def run(*command: str | Path, problem: str) -> None:
    """Run a command unseen; a failure ends the set-up with its words and `problem`."""
    if (done := attempt(*command)).returncode:
        sys.stderr.buffer.write(done.stdout)
        stop(f"{problem} Its own words are above; then run make again.")


def works(*command: str | Path) -> bool:
    """Run a command unseen; say whether it exists and succeeds."""
    return shutil.which(command[0]) is not None and attempt(*command).returncode == 0


def attempt(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command that asks nothing; what it says is in `stdout`."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def read(stamp: Path) -> str:
    """Return a stamp's text, empty when there is none."""
    return stamp.read_text() if stamp.is_file() else ""


def say(line: str) -> None:
    """Print one line, aside from the output of what is prepared for."""
    print(line, file=sys.stderr, flush=True)


def stop(problem: str) -> None:
    """End the set-up with one line."""
    sys.exit(f"Set-up stopped: {problem}")


def main() -> None:
    """Make what is missing; one call at a time, from an activated .venv as from outside."""
    os.chdir(ROOT)
    outside = [folder for folder in os.get_exec_path() if folder != str(ROOT / VENV / "bin")]
    os.environ["PATH"] = os.pathsep.join(outside)
    with Path("pyproject.toml").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        pins = tomllib.load(file)["dependency-groups"]
        try:
            python_packages(pins)
            node_packages(pins["node"])
            decoders()
        except KeyboardInterrupt:
            stop("interrupted; the next make goes on.")


if __name__ == "__main__":
    main()
