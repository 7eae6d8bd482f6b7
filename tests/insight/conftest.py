"""A lake for reports, loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_ldusage.testing import Simulator
from tests.insight.lakes import NOW, ReportLake, filled
from tests.lake.conftest import _s3_pair, moto, new_s3, s3  # noqa: F401


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportLake]:
    """Without any report: copy it to write one."""
    with Simulator(now=NOW) as simulator:
        yield filled(simulator, tmp_path_factory.mktemp("report") / "lake")
