"""A real scheduler runs consumers when days have changed, and only then.

Nothing here depends on the version of Airflow.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.docs.pages import python_blocks
from tests.system.installation import Airflow
from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in, heard

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_consumer_hears_of_changes_and_of_nothing_else(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow, simulator = servers.airflow, servers.simulator
    airflow.unpause("announced_daily", "hears_daily")
    airflow.wait("three daily events", lambda: len(heard(airflow, "hears_daily")) >= 3, 300)
    written = heard(airflow, "hears_daily")
    today = simulator.now.date()
    first, second, third = (days_in(event["days"]) for event in written)
    assert max(first) == today - timedelta(days=3)
    assert (second, third) == ({today - timedelta(days=2)}, {today - timedelta(days=1)})
    assert [event["written"] for event in written] == [len(first), 1, 1]

    report = servers.report("announced_daily", servers.trigger("announced_daily"))
    assert report["announced"]["count"] == 0

    before, simulator.switches = simulator.switches, simulator.switches.but(settle_days=0)
    simulator.advance(timedelta(minutes=2))  # the later of two questions counts
    try:
        report = servers.report("announced_daily", servers.trigger("announced_daily"))
    finally:
        simulator.switches = before
    assert report["days"]["restated"]["count"] == report["announced"]["count"] > 0
    airflow.wait("the fourth event", lambda: len(heard(airflow, "hears_daily")) > 3, 300)
    *_, restated = heard(airflow, "hears_daily")
    assert len(heard(airflow, "hears_daily")) == 4, "the run without changes has woken nobody"
    assert (restated["written"], restated["restated"]) == (0, report["days"]["restated"]["count"])
    assert (restated["rows"], restated["table"]) == (report["rows"], "announced_daily")
    listed = lines_of_lake_md(airflow, monkeypatch, capsys)
    assert f"announced_daily {restated['restated']} {restated['days']}" in listed
    assert len(listed) == 1, "events of days that are new are left out"


def lines_of_lake_md(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """What the program in docs/lake.md prints of this Airflow, without the time of each event."""
    (program,) = [str(each.values[0]) for each in python_blocks("/assets/events") if str(each.id).startswith("lake.md")]
    if airflow.api_path == "/api/v1":
        program = program.replace("/api/v2/assets/events", "/api/v1/datasets/events").replace("asset_", "dataset_")
    monkeypatch.setenv("AIRFLOW_TOKEN", airflow.headers().get("Authorization", "").removeprefix("Bearer "))
    capsys.readouterr()
    exec(program.replace("http://localhost:8080", airflow.url), {})
    return [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()]
