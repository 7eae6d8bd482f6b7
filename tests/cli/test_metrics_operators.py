"""The operators that ``ldusage metrics`` names are those of the families."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage.cli.metrics import OPERATORS
from airflow_provider_ldusage.metrics import METRICS

pytest.importorskip("airflow")
pytestmark = pytest.mark.airflow


def test_each_family_has_the_operator_that_is_named() -> None:
    from airflow_provider_ldusage.operators import usage

    assert OPERATORS.keys() == {metric.family for metric in METRICS.values()}
    for family, name in OPERATORS.items():
        assert getattr(usage, name).family == family
