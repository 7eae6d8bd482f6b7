"""``make soak``: play simulated days against the package, and say what differed.

python scripts/soak.py                               ten seeds of sixty days, on each store in turn
python scripts/soak.py --seed 7 --store disk         one scenario again
python scripts/soak.py --seeds 100-200 --days 90     as many as you like
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("NO_PROXY", "*")

from tests.soak import stores  # noqa: E402 - tests/ is on the path only now
from tests.soak.plan import scenario  # noqa: E402
from tests.soak.runner import Outcome, play  # noqa: E402

logging.disable(logging.ERROR)  # what the loads warn of is their business


def main() -> int:
    options = _options()
    first, _, last = options.seeds.partition("-")
    seeds = [options.seed] if options.seed is not None else range(int(first), int(last or first) + 1)
    dags = tuple(options.dags.split(",")) if options.dags else None
    names = [options.store] if options.store else stores.names()
    outcomes: list[Outcome] = []
    for number, seed in enumerate(seeds):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="ldusage-soak-", dir=options.folder) as folder:
            outcome = play(scenario(seed, options.days, dags), names[number % len(names)], Path(folder))
        print(f"{outcome}; {time.monotonic() - began:.0f} s", flush=True)
        for difference in outcome.differences:
            print(f"  {difference}")
        for path, content in outcome.recorded.items():
            print(f"  recorded in {path}:\n{content}")
        outcomes.append(outcome)
    print(_summary(outcomes))
    return 1 if any(outcome.differences for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Play simulated days against the package.")
    parser.add_argument("--seeds", default="1-10", help="first and last, such as 1-10")
    parser.add_argument("--seed", type=int, help="one seed")
    parser.add_argument("--days", type=int, default=60, help="simulated days for each seed")
    parser.add_argument("--store", choices=stores.names(), help="all of them on one store")
    parser.add_argument("--dags", help="names of DAGs, such as mau,export; else the seed chooses")
    parser.add_argument("--folder", help="for lakes on local disk; quickest on a tmpfs, such as /dev/shm")
    return parser.parse_args()


def _summary(outcomes: list[Outcome]) -> str:
    def total(name: str) -> int:
        return sum(getattr(outcome, name) for outcome in outcomes)

    return (
        f"{len(outcomes)} seeds: {total('days')} days, {total('loads')} loads, {total('killed')} killed, "
        f"{total('at_once')} times two at once ({total('raced')} races), {total('failed')} failed as they had to, "
        f"{total('harmed')} mishaps of files, {total('looked_up')} looked the account up, "
        f"{total('compared')} days compared, {sum(len(outcome.differences) for outcome in outcomes)} differences"
    )


if __name__ == "__main__":
    sys.exit(main())
