"""The values of ``asset_events``."""

from __future__ import annotations

from datetime import date

import pytest

from airflow_provider_ldusage.compat import Asset, AssetAlias
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.operators.event_kinds import KINDS, kind_of
from tests.operators.outlet_events import OutletEvents

pytestmark = pytest.mark.airflow
DAY = date(2026, 11, 20)


@pytest.mark.parametrize("value", ["each day", None, "", ["changed"]])
def test_another_value_is_refused_with_the_right_ones(value: object) -> None:
    with pytest.raises(UsageArgumentError, match="Allowed: changed, each_day, always"):
        kind_of(value)


@pytest.mark.parametrize(("name", "due"), [("changed", False), ("each_day", False), ("always", True)])
def test_whether_there_is_an_event_without_days(name: str, due: bool) -> None:
    assert KINDS[name].is_due([]) is due
    assert KINDS[name].is_due([DAY])


def test_each_day_has_its_key() -> None:
    event = OutletEvents()["a"]
    KINDS["each_day"].fill(event, [DAY], {"rows": 1})
    assert (event.partition_keys, event.extra) == (["2026-11-20"], {"rows": 1})


def test_each_day_is_refused_for_an_alias_and_before_airflow_has_it() -> None:
    with pytest.raises(UsageArgumentError, match=r"AssetAlias do not go together.*changed"):
        KINDS["each_day"].check([], [AssetAlias(name="a")], OutletEvents())
    with pytest.raises(UsageArgumentError, match=r"needs Airflow 3.3.*asset_events='changed'"):
        KINDS["each_day"].check([Asset("a")], [], OutletEvents(partitions=False))
    KINDS["each_day"].check([Asset("a")], [], OutletEvents())


def test_the_days_of_a_task_with_several_assets_share_its_events() -> None:
    assert [KINDS["each_day"].days_for(assets) for assets in (0, 1, 3, 200)] == [100, 100, 33, 1]
    assert KINDS["changed"].days_for(5) is None
