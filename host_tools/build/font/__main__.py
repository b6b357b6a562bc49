"""`python -m host_tools.build.font`: write the display's font into the firmware."""

from pathlib import Path

from host_tools.build.font.make import font

ROOT = Path(__file__).parent.parent.parent.parent

(ROOT / "firmware/luot/font.bin").write_bytes(font())
