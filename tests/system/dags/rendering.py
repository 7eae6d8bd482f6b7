"""Loads whose projects come from params, XComs and mapped tasks, rendered as text and as native objects."""

from __future__ import annotations

from datetime import datetime

from airflow_provider_ldusage.operators.usage import LaunchDarklyUsageOperator
from tests.names import DAG, task

for rendering in ("text", "native"):
    with DAG(
        f"rendering_{rendering}",
        schedule=None,
        start_date=datetime(2026, 1, 1),
        render_template_as_native_obj=rendering == "native",
        params={"project": "1.10", "number": 2024, "days": ["20260301", 20260303]},
        default_args={"destination": "{{ var.value.lake }}", "metric": "ai_runs"},
    ):

        @task
        def keys() -> list[str]:
            return ["1.20", "2025"]

        @task
        def numbers() -> list[int]:
            return [2026, 7]

        @task
        def each(number: int) -> str:
            return f"{number}.30"

        @task
        def arguments() -> list[dict[str, object]]:
            return [
                {"filters": "{'projectKey': ['1.40']}", "start": 20260301, "end": "20260303"},
                {"filters": {"projectKey": [2028]}, "lookback": "2", "include_open_day": "false"},
            ]

        mapped = each.expand(number=[1, 2])
        days = {"start": "{{ params.days[0] }}", "end": "{{ params.days[1] }}"}
        projects = {
            "param": ["{{ params.project }}"],
            "number": "{{ params.number }}",
            "pulled": "{{ ti.xcom_pull(task_ids='keys') }}",
            "pulled_numbers": "{{ ti.xcom_pull(task_ids='numbers') }}",
            "pulled_from_mapped": "{{ ti.xcom_pull(task_ids='each') }}",
            "given": keys(),
            "given_from_mapped": mapped,
        }
        for name, project in projects.items():
            load = LaunchDarklyUsageOperator(task_id=name, table=name, filters={"projectKey": project}, **days)
            [numbers(), mapped] >> load
        load.dag.get_task("keys") >> load.dag.get_task("pulled")
        LaunchDarklyUsageOperator.partial(task_id="expanded", table="expanded").expand_kwargs(arguments())
