"""The daily example as it stands, for this folder's scheduler."""

from __future__ import annotations

from dags_examples.ldusage import daily  # noqa: F401  # Airflow looks for DAGs in each module
