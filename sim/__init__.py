"""The same firmware in a made-up office: chips, air, people, and the judges.

`luot` is imported by the name it has on the device, from firmware/.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "firmware"))
