"""The objects that name totals: whatever dies, is deleted or comes in between, each table that stands is named."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_ldusage.exceptions import LakeError, StoreError
from airflow_provider_ldusage.lake import totals
from airflow_provider_ldusage.lake.finding import find_totals
from airflow_provider_ldusage.lake.layout import check_table_name, table_file
from airflow_provider_ldusage.lake.table import Table, parse_table
from airflow_provider_ldusage.metrics import METRICS
from airflow_provider_ldusage.query import UsageQuery
from tests.engine.memory import Killed, MemoryStore

FILE = "_ldusage/totals/ai_runs-1.json"


def test_a_name_is_noted_once_and_in_order(place: Any) -> None:
    assert totals.names(place.store, FILE) == ()
    for name in ("b", "a", "b"):
        totals.note(place.store, FILE, name)
    assert totals.names(place.store, FILE) == ("a", "b")
    assert json.loads(place.objects()[FILE]) == {"format": 1, "tables": ["a", "b"]}


def test_a_first_name_is_a_get_and_a_put_and_a_known_one_a_get(s3: Any) -> None:
    for expected in (["GET", "PUT"], ["GET"]):
        with s3.requests() as seen:
            totals.note(s3.store, FILE, "t")
        assert [line.split()[0] for line in seen] == expected


DAMAGED = [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "tables": ["../x"]}', b'{"format": 1, "tables": [1]}']


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_object_names_nothing_and_is_replaced(
    place: Any, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    place.write(FILE, content)
    assert totals.names(place.store, FILE) == ()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    totals.note(place.store, FILE, "t")
    assert totals.names(place.store, FILE) == ("t",)


def test_an_object_of_a_later_version_is_left_as_it_is(place: Any, caplog: pytest.LogCaptureFixture) -> None:
    later = b'{"format": 2, "tables": {"t": 1}}'
    place.write(FILE, later)
    totals.note(place.store, FILE, "t")
    assert totals.names(place.store, FILE) == ()
    assert place.objects() == {FILE: later}
    assert "is of a later version" in caplog.text


def test_an_object_that_others_keep_writing_is_given_up() -> None:
    objects: dict[str, bytes] = {}
    taken: list[str] = []

    def before(what: str, name: str) -> None:
        if what == "write":
            taken.append(f"other{len(taken)}")
            objects[name] = json.dumps({"format": 1, "tables": taken}).encode()

    with pytest.raises(StoreError, match=r"^Other tasks keep writing the object that names table 't'.*totals/"):
        totals.note(MemoryStore(objects, before), FILE, "t")


def test_only_figures_that_groups_add_up_to_are_noted() -> None:
    noted = set()
    for metric in METRICS.values():
        arguments: dict[str, Any] = {each.name: (*each.allowed, "x")[0] for each in metric.path_arguments}
        query = UsageQuery.build(metric.name, **arguments)
        if Table.of("t", query, {}).total_file:
            noted.add(metric.name)
        assert Table.of("t", query, {}, projected=True).total_file is None
    assert noted == {each.name for each in METRICS.values() if each.is_series and each.additive_over_groups}
    assert Table.of("t", UsageQuery.build("ai_runs", group_by=["projectId"]), {}).total_file is None


def test_the_object_s_name_depends_on_what_a_table_is() -> None:
    name = Table.of("t", UsageQuery.build("ai_runs"), {}).total_file
    assert name == "_ldusage/totals/ai_runs-89e92bb7d13440de.json"
    assert name == Table.of("u", UsageQuery.build("ai_runs"), {"id": "x"}, compression="snappy").total_file
    assert name != Table.of("t", UsageQuery.build("ai_runs", aggregation_type="month_to_date"), {}).total_file


# --- whatever happens

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("ai_runs", {}),
    ("ai_runs", {"aggregation_type": "month_to_date"}),
    ("ai_runs", {"filters": {"projectKey": ["a"]}}),
    ("ai_runs", {"group_by": ["projectId"]}),
    ("vega_ai", {}),
    ("total_mau", {}),
]
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,9}", fullmatch=True)


@dataclass(frozen=True)
class Creating:
    """A task that creates a table.

    :param killed_at: the number of the store operation before which it is killed
    :param meanwhile: another that does all it does before that operation, in place of killing
    """

    name: str
    kind: int
    account: str
    killed_at: int | None = None
    meanwhile: Creating | None = None

    @property
    def table(self) -> Table:
        metric, arguments = KINDS[self.kind]
        return Table.of(self.name, UsageQuery.build(metric, **arguments), {"id": self.account, "host": "h"})


@dataclass
class Lake:
    """A lake in memory. What stands in it is seen by looking at the descriptions themselves."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def create(self, task: Creating) -> None:
        store = MemoryStore(self.objects, self._before(task))
        try:
            task.table.opened(store).create(store)
        except (LakeError, Killed):
            pass

    def _before(self, task: Creating) -> Callable[[str, str], None]:
        done = [0]

        def before(what: str, name: str) -> None:
            done[0] += 1
            if done[0] - 1 == task.killed_at:
                if task.meanwhile is None:
                    raise Killed
                self.create(task.meanwhile)

        return before

    def standing(self, wanted: Table) -> set[str]:
        names = [name.removeprefix("_ldusage/").removesuffix(".json") for name in self.objects if name.count("/") == 1]
        tables = [parse_table(self.objects[table_file(name)], name, "") for name in names]
        return {
            each.name for each in tables if (each.identity, each.account) == (wanted.identity, wanted.account)
        }  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Creating | str]:
    """Tables that are created, by tasks that may be killed or overtaken, and names of tables that are deleted."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    numbers = st.none() | st.integers(0, 6)
    single = st.builds(Creating, st.sampled_from(names), st.integers(0, len(KINDS) - 1), st.sampled_from("ab"), numbers)
    overtaken = st.builds(
        Creating, st.sampled_from(names), st.integers(0, len(KINDS) - 1), st.sampled_from("ab"), numbers, single
    )
    return draw(st.lists(single | overtaken | st.sampled_from(names), min_size=1, max_size=12))


@settings(max_examples=300, deadline=None)
@given(histories())
def test_every_total_that_stands_is_found_whatever_happened(history: list[Creating | str]) -> None:
    lake = Lake()
    for step in history:
        if isinstance(step, str):
            lake.objects.pop(table_file(check_table_name(step)), None)
        else:
            lake.create(step)
        for kind in range(len(KINDS)):
            for account in "ab":
                wanted = Creating("wanted", kind, account).table
                found = [each.name for each in find_totals(MemoryStore(lake.objects, lambda *_: None), wanted)]
                assert len(found) == len(set(found))
                assert set(found) == (lake.standing(wanted) if wanted.total_file else set())
