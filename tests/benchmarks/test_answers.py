"""The answers that benchmarks load, and the server that gives them."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="not part of the source distribution")

from benchmarks import ours
from benchmarks.shapes import HOUR_MS, START_MS, Answer, Shape, write_answer

DAY_MS = 24 * HOUR_MS
SHAPE = Shape("three days", 3, 4, hourly=True)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_answer(SHAPE, tmp_path_factory.mktemp("answers") / "answer.json")


@pytest.mark.parametrize(
    ("first", "end"),
    [
        (START_MS, START_MS + 3 * DAY_MS),
        (START_MS, START_MS + DAY_MS),
        (START_MS + DAY_MS, START_MS + 2 * DAY_MS),
        (START_MS + 1, START_MS + HOUR_MS + 1),
        (0, START_MS),
        (START_MS + 3 * DAY_MS, START_MS + 9 * DAY_MS),
    ],
)
def test_a_range_has_exactly_its_points(answer: Path, first: int, end: int) -> None:
    whole, all_bytes, ranges = json.loads(answer.read_text()), answer.read_bytes(), Answer(answer)
    start, count = ranges.points(first, end)
    part = json.loads(ranges.head + all_bytes[start : start + count] + ranges.tail)
    assert part["metadata"] == whole["metadata"]
    assert part["series"] == [point for point in whole["series"] if first <= point["time"] < end]


def test_an_answer_has_a_figure_in_every_cell(answer: Path) -> None:
    series = json.loads(answer.read_text())["series"]
    assert sum(len(point) - 1 for point in series) == SHAPE.cells
    assert all(isinstance(value, int) for point in series for value in point.values())


def test_the_server_answers_for_the_range_asked_for_and_counts(answer: Path) -> None:
    with ours.answering(answer) as port:
        url = f"http://127.0.0.1:{port}/api/v2"
        asked = f"{url}/usage/ai-runs?from={START_MS + DAY_MS}&to={START_MS + 2 * DAY_MS}"
        with urllib.request.urlopen(asked) as reply:
            times = [point["time"] for point in json.load(reply)["series"]]
        with urllib.request.urlopen(f"{url}/caller-identity") as reply:
            assert "accountId" in json.load(reply)
        found = ours.requests(port)
    assert times == list(range(START_MS + DAY_MS, START_MS + 2 * DAY_MS, HOUR_MS))
    assert found == {"usage": 1, "other": 1}
