"""The hook: access to LaunchDarkly's usage API through an Airflow connection."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.compat import AirflowNotFoundException, BaseHook

if TYPE_CHECKING:
    import pyarrow as pa
    import requests

    from airflow_provider_ldusage.api.client import UsageClient
    from airflow_provider_ldusage.days import Window
    from airflow_provider_ldusage.engine.fetched import Fetched
    from airflow_provider_ldusage.query import UsageQuery
    from airflow_provider_ldusage.windows import Moment


class LaunchDarklyUsageHook(BaseHook):
    """Authenticated access to LaunchDarkly's Account Usage (beta) API.

    :param launchdarkly_conn_id: a connection of type ``launchdarkly``: the access token as password and, if the account
        is not on app.launchdarkly.com, a base URL as host or the extra ``instance``. The connection is read when it is
        first needed.
    """

    conn_name_attr = "launchdarkly_conn_id"
    default_conn_name = "launchdarkly_default"
    conn_type = "launchdarkly"
    hook_name = "LaunchDarkly"

    def __init__(self, launchdarkly_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.launchdarkly_conn_id = launchdarkly_conn_id

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The connection form's fields for Extra. Airflow 3.2 and later take them from the provider info."""
        from airflow_provider_ldusage.hooks.connection_form import widgets

        return widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How the connection form shows its standard fields; see :meth:`get_connection_form_widgets`."""
        from airflow_provider_ldusage.hooks.connection_form import behaviour

        return behaviour()

    @cached_property
    def client(self) -> UsageClient:
        """The client of this connection, created once.

        :raises ConnectionConfigError: see :meth:`new_client`
        """
        return self.new_client()

    def new_client(self, *, waited: float = 0.0, defer_from: float | None = None) -> UsageClient:
        """A client of this connection, for one execution of a task.

        :param waited: seconds that the task has waited for rate limits before; they count towards ``max_wait``
        :param defer_from: a wait for a rate limit of this many seconds or more raises ``RateLimitedError`` with
            ``retry_in`` set; None: the client waits
        :raises ConnectionConfigError: the connection is not defined, or a field of it is invalid; names the field
        """
        from airflow_provider_ldusage.api.client import UsageClient
        from airflow_provider_ldusage.api.config import config_from_connection
        from airflow_provider_ldusage.exceptions import ConnectionConfigError
        from airflow_provider_ldusage.log_text import shown
        from airflow_provider_ldusage.near_misses import connection_meant, variable_of

        try:
            connection = self.get_connection(self.launchdarkly_conn_id)
        except AirflowNotFoundException as error:
            raise ConnectionConfigError(
                f"The connection {shown(self.launchdarkly_conn_id)} is not defined in this Airflow, as seen from here.",
                f"{connection_meant(self.launchdarkly_conn_id)}Add one of type LaunchDarkly, with the access token as "
                "password, or correct launchdarkly_conn_id. Outside of a task, Airflow 3.1 and later looks in the "
                "environment and in secrets backends, not in its database: "
                f"set {variable_of(self.launchdarkly_conn_id)}.",
            ) from error
        config = config_from_connection(
            connection.host, connection.password, connection.extra_dejson, schema=connection.schema,
            port=connection.port,
        )  # fmt: skip
        return UsageClient(config, waited=waited, defer_from=defer_from)

    def get_conn(self) -> requests.Session:
        """A session that sends the token to the connection's host only."""
        return self.client.session

    def test_connection(self) -> tuple[bool, str]:
        """Test the connection with one cheap request (``/api/v2/caller-identity``), as Airflow's Test button does.

        :return: whether it works, and a message
        """
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
        """Usage as a long Arrow table, with the columns of the metric's table in the lake.

        :param metric: name of a metric, such as ``clientside_mau``
        :param start: first UTC day; lists without history take neither ``start`` nor ``end``
        :param end: the UTC day after the last
        :param group_by: dimensions, by their names in the API
        :param filters: by their names in the API
        :param aggregation_type: see the operators, as for ``granularity``
        :param path: the metric's path arguments: ``source``, ``event_type``, ``project_key``, ``environment_key``,
            ``feature_flag_key``
        :raises UsageArgumentError: an argument is invalid; no request was made
        :raises LaunchDarklyApiError: a request failed; each remedy has its own subclass
        :raises AnswerError: a response does not match the API's contract
        """
        from contextlib import closing

        from airflow_provider_ldusage.days import utc_now
        from airflow_provider_ldusage.engine.fetch import fetch
        from airflow_provider_ldusage.query import UsageQuery

        query = UsageQuery.build(
            metric, group_by=group_by, filters=filters, aggregation_type=aggregation_type, granularity=granularity,
            **path,
        )  # fmt: skip
        now = utc_now()
        window = _window(query, start, end, now)
        with closing(fetch(self.client, query, window, query.schema, now=now)) as fetched:
            return _table(fetched, query)

    def list_projects(self) -> list[dict[str, Any]]:
        """Every project of the account as LaunchDarkly describes it (``_id``, ``key``, ``name``, ...)."""
        from airflow_provider_ldusage.api.resources import list_projects

        return list(list_projects(self.client))

    def list_environments(self, project_key: str) -> list[dict[str, Any]]:
        """Every environment of a project. They hold SDK keys: never log them or push them to XCom."""
        from airflow_provider_ldusage.api.resources import list_environments

        return list(list_environments(self.client, project_key))

    def list_flags(self, project_key: str) -> list[str]:
        """The key of every flag of a project, including archived ones."""
        from airflow_provider_ldusage.api.resources import list_flags

        return list(list_flags(self.client, project_key))


def _table(fetched: Fetched, query: UsageQuery) -> pa.Table:
    import pyarrow as pa

    from airflow_provider_ldusage.rows.arrow import arrow_schema

    tables = [fetched.days[day].whole().table() for day in sorted(fetched.days)]
    return pa.concat_tables(tables) if tables else arrow_schema(query.schema).empty_table()


def _window(query: UsageQuery, start: Moment | None, end: Moment | None, now: datetime) -> Window:
    from airflow_provider_ldusage.exceptions import UsageArgumentError
    from airflow_provider_ldusage.metrics import History
    from airflow_provider_ldusage.windows import resolve_window

    if query.metric.history is History.SNAPSHOT:
        if start or end:
            raise UsageArgumentError(f"metric {query.metric.name!r} has no history.", "Leave out start and end.")
        return resolve_window(run_after=now).window
    if not (start and end):
        raise UsageArgumentError(
            f"metric {query.metric.name!r} needs start and end.", "Give both; end is the day after the last."
        )
    return resolve_window(start=start, end=end).window
