"""The example with partitions as it stands, where this Airflow has what it needs."""

from __future__ import annotations

from contextlib import suppress

with suppress(ImportError):  # before Airflow 3.3
    from dags_examples.ldusage_partitions import *  # noqa: F403  # Airflow looks for DAGs in each module
