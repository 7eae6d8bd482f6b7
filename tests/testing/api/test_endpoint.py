"""Templates of paths."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.testing.api.endpoint import Endpoint

STREAMS = Endpoint("streams/{source}/bysdkversion", "streams", "none")


def test_a_template_names_its_path_values() -> None:
    assert STREAMS.path_names == ("source",)
    assert Endpoint("mau", "contexts", "ms").path_names == ()


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("streams/client/bysdkversion", ("client",)),
        ("streams/a%2Fb/bysdkversion", ("a%2Fb",)),
        ("streams/client", None),
        ("streams/client/sdkversions", None),
        ("streams/client/bysdkversion/", None),
        ("", None),
    ],
)
def test_a_path_matches_part_by_part(path: str, values: tuple[str, ...] | None) -> None:
    assert STREAMS.match(path) == values
