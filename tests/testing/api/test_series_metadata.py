"""How the series of an answer are described."""

from __future__ import annotations

from typing import Any

from airflow_provider_ldusage.testing import Simulator
from tests.testing.asking import OCTOBER, flip


def test_context_kind_split(sim: Simulator, api: Any) -> None:
    def columns(**query: Any) -> set[str]:
        return {name for one in api.json("total-contexts", **OCTOBER, **query)["metadata"] for name in one}

    assert (columns(), columns(groupBy="projectId")) == ({"contextKind"}, {"contextKind", "projectId"})
    split = api.points("total-contexts", **OCTOBER)
    flip(sim, context_kind_split="ungrouped_only")
    assert (columns(), columns(groupBy="projectId")) == ({"contextKind"}, {"projectId"})
    flip(sim, context_kind_split="never")
    assert (columns(), columns(groupBy="projectId")) == (set(), {"projectId"})
    joined = api.one("total-contexts", **OCTOBER)
    assert joined == {time: sum(one.get(time, 0) for one in split.values()) for time in joined}


def test_destinations_viewable(sim: Simulator, api: Any) -> None:
    def seen(path: str) -> dict[str, dict[str, Any]]:
        return {one["destinationId"]: one for one in api.json(path, **OCTOBER, groupBy="destinationId")["metadata"]}

    streaming = seen("data-export-events")
    assert streaming["hidden"] == {
        "destinationId": "hidden",
        "destinationName": "Unknown destination",
        "destinationViewable": False,
    }
    assert streaming[""] == {"destinationId": "", "destinationName": "Unattributed"}
    names = {one["destinationName"] for one in streaming.values()}
    assert {"Unknown historical destination", "Marketing", "Clickstream"} <= names
    kinds = {one["destinationName"]: one.get("destinationKind") for one in streaming.values()}
    assert (kinds["Marketing"], kinds["Unknown historical destination"]) == ("google-pubsub", None)
    assert "hidden" in seen("warehouse-export")
    flip(sim, destinations_viewable="all")
    assert "hidden" not in seen("data-export-events")
    flip(sim, destinations_viewable="none")
    assert not any(one.get("destinationViewable") for one in seen("data-export-events").values())
    both = api.json("data-export-events", **OCTOBER, groupBy=["destinationId", "destinationKind"])["metadata"]
    hidden = [one["destinationKind"] for one in both if one["destinationId"] == "hidden"]
    assert len(hidden) == len(set(hidden)) == 3


def test_ungrouped_metadata(sim: Simulator, api: Any) -> None:
    assert api.json("total-mau")["metadata"] == [{}]
    assert api.json("streams/server")["metadata"] == [{}]
    flip(sim, ungrouped_metadata="described")
    assert api.json("total-mau")["metadata"] == [{"key": "total"}]
    assert api.json("streams/server")["metadata"] == [{"source": "server"}]


def test_anonymous_key(sim: Simulator, api: Any) -> None:
    def names() -> set[str]:
        return {name for one in api.json("clientside-mau", groupBy="anonymousV2")["metadata"] for name in one}

    assert names() == {"anonymousV2"}
    flip(sim, anonymous_key="anonymous")
    assert names() == {"anonymous"}


def test_anonymous_value(sim: Simulator, api: Any) -> None:
    def values() -> set[Any]:
        return {one["anonymousV2"] for one in api.json("clientside-mau", groupBy="anonymousV2")["metadata"]}

    assert values() == {"true", "false"}
    flip(sim, anonymous_value="boolean")
    assert values() == {True, False}


def test_missing_dimension(sim: Simulator, api: Any) -> None:
    def metadata() -> list[dict[str, Any]]:
        return sorted(api.json("clientside-mau", **OCTOBER, groupBy="sdkAppId")["metadata"], key=str)

    absent = metadata()
    assert {} in absent
    assert {"sdkAppId": "Unknown"} in absent
    assert {"sdkAppId": "unknown"} in absent
    flip(sim, missing_dimension="empty")
    assert metadata() == sorted((one or {"sdkAppId": ""} for one in absent), key=str)


def test_events_metadata(sim: Simulator, api: Any) -> None:
    for reading, expected in (("empty_object", {}), ("type", {"type": "received"}), ("key", {"key": "received"})):
        flip(sim, events_metadata=reading)
        assert api.json("events/received")["metadata"] == [expected]


def test_bycategory_metadata(sim: Simulator, api: Any) -> None:
    for name in ("category", "key"):
        flip(sim, bycategory_metadata=name)
        found = api.json("mau/bycategory")["metadata"]
        assert sorted(one[name] for one in found) == ["backend", "browser", "mobile"]


def test_mau_metadata(sim: Simulator, api: Any) -> None:
    asked = {"groupby": ["project", "environment", "sdktype", "sdk", "anonymous", "contextKind"]}
    assert all(set(one) == set(asked["groupby"]) for one in api.json("mau", **asked)["metadata"])
    flip(sim, mau_metadata="as_newer")
    newer = {"projectId", "environmentId", "sdkType", "sdkName", "anonymous", "contextKind"}
    assert all(set(one) == newer for one in api.json("mau", **asked)["metadata"])
