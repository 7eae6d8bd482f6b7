"""The lists of SDKs and of their versions."""

from __future__ import annotations

from typing import Any


def test_sdk_versions_are_listed(api: Any) -> None:
    newest, every = api.json("sdk-versions/details"), api.json("sdk-versions/all")
    assert len(every) > len(newest)
    assert all(one in every for one in newest)
    assert {one["type"] for one in every} == {"server", "browser", "mobile"}
    assert any("applicationId" not in one for one in every)
    assert any("projectKey" not in one for one in every), "a deleted project has an id, and no key or name"
    relays = [one for one in every if "relayVersion" in one]
    assert relays
    assert all(one["connectionType"] == "proxy" for one in relays)
    for name, field in (
        ("projectId", "projectId"),
        ("environmentId", "environmentId"),
        ("sdkName", "name"),
        ("sdkType", "type"),
        ("sdkAppId", "applicationId"),
        ("connectionType", "connectionType"),
    ):
        value = next(one[field] for one in every if field in one)
        assert api.json("sdk-versions/all", **{name: value}) == [one for one in every if one.get(field) == value]


def test_streams_list_unknown_versions(api: Any) -> None:
    assert {"sdk": "Unknown", "version": "Unknown"} in api.json("streams/server/sdkversions")["sdkVersions"]
    by_version = api.json("streams/server/bysdkversion", sdk="Go")["metadata"]
    assert {one["sdk"] for one in by_version} == {"Go"}
    assert all(set(one) == {"sdk", "version", "source"} for one in by_version)
    one = api.json("streams/server/bysdkversion", version="7.10.0")["metadata"]
    assert one == [{"sdk": "Go", "version": "7.10.0", "source": "server"}]


def test_mau_sdks_are_those_of_the_type(api: Any) -> None:
    client, server = (set(api.json("mau/sdks", sdktype=one)["sdks"]) for one in ("client", "server"))
    assert client | server == set(api.json("mau/sdks")["sdks"])
    assert "Go" in server - client
    assert "iOS" in client - server
