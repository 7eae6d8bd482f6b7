"""Alerts before LaunchDarkly costs more than planned, by Slack and by mail.

It is scheduled on the report of ``ldusage_daily``: switch it on before that DAG, as a paused one does not hear of
events. Its task fails when a meter has reached 70 or 90 % of the plan, when it is expected to pass it before the period
ends, and when it has. Each of these is said once a period, on the first day that has it. A failed task calls
``on_failure_callback``, so whatever tells you of failures tells you of these. Nothing else waits for this DAG: the
loads stay green.

It needs the Variable ``ldusage_plan``, which ``ldusage.py`` explains. Slack needs ``apache-airflow-providers-slack``
and the connection ``slack_api_default``, mail ``apache-airflow-providers-smtp`` and ``smtp_default``. Notifiers of
providers that are not installed are left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow_provider_ldusage.operators.report import LaunchDarklyUsageReportOperator

try:
    from airflow.sdk import DAG, Asset
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset

REPORT = Asset("launchdarkly/usage_report")

NOTIFIERS: list[Any] = []
try:
    from airflow.providers.slack.notifications.slack import SlackNotifier
except ImportError:
    pass
else:
    NOTIFIERS.append(SlackNotifier(channel="#launchdarkly", text="LaunchDarkly: {{ exception }}"))

try:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
except ImportError:
    pass
else:
    mail = SmtpNotifier(
        from_email="airflow@example.com",
        to="platform-team@example.com",
        subject="LaunchDarkly usage and the plan",
        html_content="<pre>{{ exception | e }}</pre>",
    )
    NOTIFIERS.append(mail)

with DAG(
    dag_id="ldusage_budget",
    description="Fails, and so alerts, when LaunchDarkly usage nears the plan's limit",
    doc_md=__doc__,
    schedule=[REPORT],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["launchdarkly", "usage"],
) as dag:
    LaunchDarklyUsageReportOperator(
        task_id="budget",
        destination="{{ var.value.ldusage_destination }}",
        plan="{{ var.value.ldusage_plan }}",
        billing_day="{{ var.value.get('ldusage_billing_day', '1') }}",  # the same as in ldusage.py
        warn_at=(0.7, 0.9),
        alerts="fail",
        trigger_rule="all_success",  # by itself it would be a teardown task, which fails no run
        on_failure_callback=NOTIFIERS,
    )
