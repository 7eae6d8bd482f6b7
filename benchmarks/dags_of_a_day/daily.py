"""The daily example as it stands, whose tasks write down what each of their steps takes."""

from __future__ import annotations

from benchmarks.task_steps import Steps

_steps = Steps()  # before anything of the provider is imported

from dags_examples.ldusage import daily  # noqa: E402, F401  # Airflow looks for DAGs in each module

_steps.parsed()
