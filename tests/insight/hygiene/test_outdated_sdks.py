"""Which lists ``outdated_sdks`` is made of; ``test_hygiene.py`` has its rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow_provider_ldusage.testing import Simulator
from tests.insight.hygiene.conftest import write
from tests.loading import NOW, Loader


def test_an_old_version_beside_a_new_one_shows_in_the_list_of_all(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    newest, every = Loader(simulator, tmp_path / "newest"), Loader(simulator, tmp_path / "every")
    today = NOW.date().isoformat()
    newest(today, today, table="a", metric="sdk_versions_details")
    every(today, today, table="a", metric="sdk_versions_details")
    every(today, today, table="b", metric="sdk_versions_all")
    counts = [write(load, NOW).sdks for load in (newest, every)]
    assert counts[0] and counts[1] and counts[0].outdated < counts[1].outdated


def test_lists_of_a_part_of_the_account_are_not_read(simulator: Simulator, tmp_path: Path) -> None:
    simulator.now = NOW
    load, today = Loader(simulator, tmp_path / "lake"), NOW.date().isoformat()
    load(today, today, table="go", metric="sdk_versions_all", filters={"sdkName": ["Go"]})
    assert write(load, NOW).sdks is None


def test_items_without_names_have_the_last_that_are_known(simulator: Simulator, tmp_path: Path) -> None:
    load = Loader(simulator, tmp_path / "lake")
    simulator.now = NOW
    for metric in ("projects", "environments", "sdk_versions_details"):
        load("2026-11-12", "2026-11-12", table=metric, metric=metric)
    simulator.delete_project("mobile-app")
    simulator.now = NOW + timedelta(hours=2)
    load("2026-11-12", "2026-11-12", table="sdk_versions_details", metric="sdk_versions_details")
    write(load, simulator.now)
    found, named = (
        {row["project_key"] for row in load.rows(table)} - {None} for table in ("sdk_versions_details", "outdated_sdks")
    )
    assert named == found | {"mobile-app"} != found
