"""The fixtures that the package offers, under which the examples run."""

from __future__ import annotations

from airflow_provider_ldusage.testing.fixtures import (  # noqa: F401
    launchdarkly_connection,
    launchdarkly_options,
    launchdarkly_simulator,
)
