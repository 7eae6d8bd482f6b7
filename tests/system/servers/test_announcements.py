"""A real scheduler runs consumers when days have changed, and only then.

Nothing here depends on the version of Airflow.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.system.servers.conftest import Servers
from tests.system.servers.hearing import days_in, heard

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_consumer_hears_of_changes_and_of_nothing_else(servers: Servers) -> None:
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
