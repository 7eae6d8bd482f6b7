"""``make reliability``: bring about every fault in full and print the table of ``docs/reliability.md``.

``--write`` also puts the table into that page. Takes about three minutes on two cores.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("NO_PROXY", "*")

from tests.reliability.faults import FAULTS  # noqa: E402 - tests/ is on the path only now

logging.disable(logging.WARNING)  # what the loads warn of is their business; the table is ours
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"
HEADER = (
    "| fault | tried | days lost | rows doubled | half-written days seen | requests to a wrong host "
    "| reads | repeated |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|\n"
)


def main() -> int:
    started, harm = time.monotonic(), 0
    table = HEADER
    print(HEADER, end="")
    for tries, bring_about in FAULTS.values():
        with tempfile.TemporaryDirectory(prefix="ldusage-") as folder:
            found = bring_about(tries, Path(folder) / "lake")
        note = f" ({found.note})" if found.note else ""
        row = (
            f"| {found.fault}{note} | {found.tried} | {found.lost} | {found.doubled} | {found.half_written} "
            f"| {found.wrong_host} | {found.reads} | {found.repeated} |\n"
        )
        print(row, end="", flush=True)
        table += row
        harm += found.harm
    footer = (
        f"\n{date.today()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"{time.monotonic() - started:.0f} s.\n"
    )
    print(footer)
    if "--write" in sys.argv:
        text = PAGE.read_text()
        head, _, rest = text.partition(BEGIN)
        PAGE.write_text(head + BEGIN + table + footer + END + rest.partition(END)[2])
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
