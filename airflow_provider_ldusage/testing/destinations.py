"""Data export destinations as the usage API describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_ldusage.testing.account import Destination
from airflow_provider_ldusage.testing.switches import Switches

_WAREHOUSE_KINDS = frozenset({"snowflake-v2", "databricks", "bigquery", "redshift", "clickhouse", "s3"})


def destination_labels(labels: Mapping[str, Any], switches: Switches, kind_is_asked_for: bool) -> dict[str, Any]:
    """The metadata of ``groupBy=destinationId``.

    Documented: destinations that the token cannot view are one series with the id ``hidden``; usage without an id has
    an empty one; ids outside the current configuration have a fixed name; the kind is added for what can be viewed,
    and is left to ``groupBy=destinationKind`` where that is asked for.
    """
    destination: Destination = labels["destination"]
    if not destination.id:
        return {"destinationId": "", "destinationName": "Unattributed"}
    if not destination.current:
        warehouse = destination.kind in _WAREHOUSE_KINDS
        name = "Unknown destination" if warehouse else "Unknown historical destination"
        return {"destinationId": destination.id, "destinationName": name}
    viewable = (
        destination.viewable if switches.destinations_viewable == "some" else switches.destinations_viewable == "all"
    )
    if not viewable:
        return {"destinationId": "hidden", "destinationName": "Unknown destination", "destinationViewable": False}
    described = {
        "destinationId": destination.id,
        "destinationName": destination.name,
        "destinationViewable": True,
    }
    return described if kind_is_asked_for else {**described, "destinationKind": destination.kind}
