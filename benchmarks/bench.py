"""What every part of a benchmark run shares: where it works, how it runs one method, and the figures found so far."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.measure import Measured
from benchmarks.shapes import Shape, write_answer

ROOT = Path(__file__).parent.parent
Check = tuple[int, int, int]


@dataclass
class Bench:
    """A run of benchmarks.

    :param folder: a temporary one, for answers and lakes
    :param repeat: how often each method runs; the quickest run counts
    :param airflow: the Python of an environment that has Airflow and this provider, if there is one
    :param figures: what the targets are held against, by name
    """

    folder: Path
    repeat: int = 5
    airflow: Path | None = None
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def answer(self, shape: Shape) -> Path:
        path = self.folder / f"{shape.name}.json"
        return path if path.exists() else write_answer(shape, path)

    def clear(self) -> None:
        """Remove what the run before wrote, and let the disk finish with it: that is not the next one's work."""
        for old in (self.out, self.out.with_name(f"{self.out.name}-state")):
            shutil.rmtree(old, ignore_errors=True)
        os.sync()

    def run(self, method: str, shape: Shape) -> Measured:
        """One method on one shape in a fresh process; its lake is in ``out`` until the next run."""
        self.clear()
        arguments = [method, json.dumps(asdict(shape)), str(self.answer(shape)), str(self.out)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.measure", *arguments], cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{method} failed on {shape.name}:\n{done.stderr[-2000:]}")
        return Measured(**json.loads(done.stdout.splitlines()[-1]))

    def checked(self, lake: Path | None = None) -> Check:
        """Rows, the sum of their values, and a sum of hashes over every column: what was written, whoever wrote it."""
        import duckdb

        lake = lake or self.out
        files = [str(path) for path in lake.rglob("*.parquet") if "/_" not in str(path.relative_to(lake))]
        found = duckdb.execute(
            """
            SELECT count(*), sum(value)::HUGEINT,
                sum(hash(epoch_ms(time), value, project_id::VARCHAR, environment_id::VARCHAR, sdk_name::VARCHAR,
                    sdk_version::VARCHAR))
            FROM read_parquet($files, hive_partitioning = false)
            """,
            {"files": files},
        ).fetchone()
        assert found is not None
        return (int(found[0]), int(found[1]), int(found[2]))


def number(value: float) -> str:
    """Three digits, and all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def table(title: str, heads: Iterable[object], rows: Iterable[Iterable[object]], note: str = "") -> list[str]:
    """A table in Markdown; all columns but the first are numbers."""
    heads = list(heads)
    lines: list[Iterable[object]] = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return [f"### {title}", "", *(f"| {' | '.join(map(str, line))} |" for line in lines), ""] + (
        [note, ""] if note else []
    )
