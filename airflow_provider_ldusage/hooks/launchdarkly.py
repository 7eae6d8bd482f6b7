"""The hook: an Airflow connection made into access to LaunchDarkly's usage API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

if TYPE_CHECKING:
    import pyarrow as pa
    import requests

    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.windows import Moment


class LaunchDarklyUsageHook(BaseHook):
    """Authenticated access to LaunchDarkly's Account Usage (beta) API.

    :param launchdarkly_conn_id: a connection of type ``launchdarkly``: the access token as password and, where the
        account does not live on app.launchdarkly.com, a base URL as host or the extra ``instance``. The connection is
        read when it is first needed, not before.
    """

    conn_name_attr = "launchdarkly_conn_id"
    default_conn_name = "launchdarkly_default"
    conn_type = "launchdarkly"
    hook_name = "LaunchDarkly"

    def __init__(self, launchdarkly_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.launchdarkly_conn_id = launchdarkly_conn_id

    @cached_property
    def client(self) -> UsageClient:
        """The HTTP client of this connection, made once.

        :raises ConnectionConfigError: naming the field of the connection form that is wrong, or the missing connection
        """
        from airflow_provider_ldusage.api.client import UsageClient
        from airflow_provider_ldusage.api.config import config_from_connection
        from airflow_provider_ldusage.exceptions import ConnectionConfigError

        try:
            found = self.get_connection(self.launchdarkly_conn_id)
        except AirflowNotFoundException as error:
            raise ConnectionConfigError(
                f"The connection {self.launchdarkly_conn_id!r} is not defined in this Airflow. Add one of type "
                "LaunchDarkly, with the access token as password."
            ) from error
        return UsageClient(
            config_from_connection(found.host, found.password, found.extra_dejson, schema=found.schema, port=found.port)
        )

    def get_conn(self) -> requests.Session:
        """A session that sends the token to the connection's host, and to no other."""
        return self.client.session

    def test_connection(self) -> tuple[bool, str]:
        """What Airflow's Test button calls: one cheap authenticated GET (``/api/v2/caller-identity``)."""
        from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError

        try:
            account = self.client.account()
        except LaunchDarklyUsageError as error:
            return False, str(error)
        return True, f"Connected to account {account.id} at {account.host}"

    def get_usage(
        self,
        metric: str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        group_by: tuple[str, ...] | list[str] = (),
        filters: dict[str, Any] | None = None,
        aggregation_type: str | None = None,
        granularity: str | None = None,
        **path: Any,
    ) -> pa.Table:
        """Usage as a long Arrow table, with the columns that the metric's table in the lake has.

        :param metric: a name of the catalogue, such as ``clientside_mau``
        :param start: first UTC day; lists without history take neither ``start`` nor ``end``
        :param end: the UTC day after the last
        :param path: the metric's path arguments: ``source``, ``event_type``, ``project_key``, ``environment_key``,
            ``feature_flag_key``
        :raises UsageArgumentError: before the first request, naming what is allowed
        :raises LaunchDarklyApiError: one class for each thing to do about it
        :raises AnswerError: for an answer that does not fit the contract
        """
        from contextlib import closing
        from datetime import datetime, timezone

        import pyarrow as pa

        from airflow_provider_ldusage.engine.fetch import fetch
        from airflow_provider_ldusage.exceptions import UsageArgumentError
        from airflow_provider_ldusage.metrics import History
        from airflow_provider_ldusage.query import UsageQuery
        from airflow_provider_ldusage.rows.arrow import arrow_schema
        from airflow_provider_ldusage.windows import resolve_window

        query = UsageQuery.build(
            metric, group_by=group_by, filters=filters, aggregation_type=aggregation_type, granularity=granularity,
            **path,
        )  # fmt: skip
        now = datetime.now(timezone.utc)
        if query.metric.history is History.SNAPSHOT:
            if start or end:
                raise UsageArgumentError(f"metric {metric!r} has no history: leave out start and end.")
            window = resolve_window(run_after=now).window
        else:
            if not (start and end):
                raise UsageArgumentError(f"metric {metric!r} needs start and end (the day after the last).")
            window = resolve_window(start=start, end=end).window
        with closing(fetch(self.client, query, window, query.schema, now=now)) as fetched:
            tables = [fetched.days[day].whole().table() for day in sorted(fetched.days)]
        return pa.concat_tables(tables) if tables else arrow_schema(query.schema).empty_table()

    def list_projects(self) -> list[dict[str, Any]]:
        """Every project of the account, as LaunchDarkly describes it (``_id``, ``key``, ``name``, ...)."""
        from airflow_provider_ldusage.api.resources import list_projects

        return list(list_projects(self.client))

    def list_environments(self, project_key: str) -> list[dict[str, Any]]:
        """Every environment of a project. They hold SDK keys: never log them or push them to XCom."""
        from airflow_provider_ldusage.api.resources import list_environments

        return list(list_environments(self.client, project_key))

    def list_flags(self, project_key: str) -> list[str]:
        """The key of every flag of a project, archived ones too."""
        from airflow_provider_ldusage.api.resources import list_flags

        return list(list_flags(self.client, project_key))
