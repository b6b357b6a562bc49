"""The file system a box's MicroPython starts with: what `make` ships, and the bridge beside it.

Owns which folder becomes which path in the VM. Must never know how files are compiled: the
technician's compiler is called as a program, once per process, so that a box restarts unchanged.
"""

import functools
import subprocess
import sys
from pathlib import Path

from sim.vm.node import HERE

ROOT = HERE.parent.parent


class BuildError(RuntimeError):
    """Something could not be compiled. The text is the compiler's one line."""


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones aside, as {path in the VM: content}.

    main.py goes to /, where MicroPython looks for it at start; all else to /lib.
    """
    files = {}
    for path in sorted(folder.rglob("[!.]*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            files["/" + name if name == "main.py" else "/lib/" + name] = path.read_bytes()
    return files


@functools.cache
def bridge() -> dict[str, bytes]:
    """The modules `machine`, `esp32` and `turns`. Raises BuildError."""
    return built(HERE / "inside", HERE / "build")


@functools.cache
def firmware() -> dict[str, bytes]:
    """What is shipped to a box: the `files` of a MicroPython. Raises BuildError."""
    return built(ROOT / "firmware", ROOT / "build")


def built(sources: Path, target: Path) -> dict[str, bytes]:
    """What the compiler makes of a folder, in `target`, as a file system. Raises BuildError."""
    command = [sys.executable, "-m", "host_tools.build.compile", str(sources), str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(done.stderr.strip())
    return tree(target)
