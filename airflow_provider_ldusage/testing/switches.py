"""The switches of the simulator: each open question of LaunchDarkly's usage API, with its readings.

LaunchDarkly documents the parameters and models of its account usage API (beta), but not every behavior. There is a
switch wherever the documentation is silent, or differs from what programs have seen in practice. The first reading is
the default. A DAG that passes its tests under all readings needs no answer to the question.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Switches:
    """What the simulator does where the documentation leaves room. The first reading of each switch is the default.

    *Time*

    :param seconds_documented: seven endpoints document ``from`` and ``to`` in Unix seconds, unlike similar endpoints.
        ``seconds`` believes the documentation, ``milliseconds`` takes it for a mistake.
    :param unstated_unit: six endpoints state no unit: ``milliseconds`` (as existing programs send) or ``seconds``.
    :param wrong_unit: a timestamp in the other unit is ``refused`` with 400, or answers 200 and ``empty``, or is
        ``believed``: seconds read as milliseconds are some minutes or hours of January 1970, which have no usage (with
        ``absent_points`` of ``zero``, zeros); milliseconds read as seconds are in the far future, which is empty,
        unless the range is longer than the endpoint allows.
    :param to_bound: ``exclusive`` or ``inclusive``: whether a bucket that starts exactly at ``to`` is in the answer.
    :param default_timezone: time zone of days and months where no ``tz`` is given: ``UTC`` or any IANA name.
    :param absent_points: buckets without usage are ``absent``, or filled with ``zero``.
    :param monthly_time: the ``time`` of a month is its ``start``, or the start of its ``last_day``.
    :param evaluations_granularity: evaluations choose their granularity ``by_length`` of the range (documented since
        2026-10) or ``by_age`` (before).
    :param streams_granularity: events and streams choose their granularity ``by_age`` (documented) or ``by_length``.

    *Figures*

    :param settle_days: days after a day's end during which its figures still grow (the lag is undocumented); 0: none.
    :param retention_days: older days are missing from every answer; ``None``: no day is ever missing.
    :param month_to_date_from: a range that starts inside a month accumulates from ``month_start``, or restarts at
        ``requested_from``.
    :param month_to_date_gaps: on a day without usage a cumulative series is ``carried`` on, or ``absent``.
    :param partial_day: the cumulative point of the running day is ``partial``, or ``zero`` (seen in practice).
    :param incremental_uniques: ``incremental`` of unique keys counts those ``of_bucket``, or those ``new_in_month``.
    :param observability_average: ``average`` is the mean ``per_hour`` or ``per_minute`` of the elapsed bucket.
    :param primary_kind: month (``"2026-11"``) to the context kind that MAU counts in it; ``user`` for all others.
        Changing it restates that month, as LaunchDarkly does during a month.
    :param context_kind_split: context endpoints split by kind ``always`` (documented), ``ungrouped_only`` (seen in
        practice) or ``never``.
    :param other_variations: rare variations of a flag with many are ``folded`` into "Other Variations", or ``listed``.
    :param data_through_lag_hours: hours between ``dataThrough`` of the data export endpoints and the last full hour;
        more than three are ``delayed``; ``None``: the watermark is unavailable and both fields are left out.
    :param data_through_frozen: an ISO 8601 instant at which ``dataThrough`` of the data export endpoints stands still;
        usage after it is not counted there; ``None``: it moves on.
    :param data_export_identity: ``complete``, or ``incomplete``: grouping by project and the ranking answer 409.
    :param destinations_viewable: ``some``, ``all`` or ``none`` of the destinations can be viewed by the token.

    *Answers*

    :param ungrouped_metadata: the one series without grouping is an ``empty_object`` or ``described``.
    :param anonymous_key: ``groupBy=anonymousV2`` appears in metadata as ``anonymousV2`` or ``anonymous``.
    :param anonymous_value: its value is a ``string`` or a ``boolean``.
    :param missing_dimension: usage that lacks a dimension has the key ``absent``, or an ``empty`` string.
    :param events_metadata: ``events`` describes its series by an ``empty_object``, by ``type`` or by ``key``.
    :param bycategory_metadata: ``mau/bycategory`` names the category ``category`` or ``key``.
    :param mau_metadata: ``mau`` names dimensions ``as_asked`` (``project``) or ``as_newer`` endpoints (``projectId``).
    :param series_order: the order of series is ``shuffled`` from request to request, or ``sorted``.
    :param total_evaluations: the undocumented total of ``evaluations`` is ``present`` or ``absent``.
    :param projected_series: the forecast of service connections covers the ``full_period`` (actual usage included),
        the ``remaining_days``, or is ``absent``.

    *Refusals*

    :param unknown_parameters: ``refused`` with 400 (stricter than the real API), or ``ignored``.
    :param unknown_project: an unknown project or environment in a filter is ``refused``, or answers 200 and ``empty``.
    :param mau_sdk_app_id: ``groupby=sdkAppId`` on ``mau`` is ``accepted`` (documented) or ``refused`` (seen in
        practice).
    :param not_in_plan: endpoints that answer 403; patterns such as ``observability/*``.
    :param lapsed_plan: endpoints that answer 200 without any usage; patterns such as ``vega-ai``.
    :param rate_limit: requests of the account per window, announced in the global headers; ``None``: no limit and no
        headers.
    :param route_rate_limit: the same for one URL pattern.
    :param token_rate_limit: the same for the token, with its own reset header.
    :param rate_window: length of the window in seconds; LaunchDarkly documents ten. A window ends even while the
        simulated clock is stopped.

    *Account*

    :param extra_projects: further projects, without usage, so that lists have more pages.
    :param extra_flags: further boolean flags in each project, with evaluations.
    :param growing_from: an ISO 8601 day on which the history of another, larger account begins: its usage grows, a
        project is launched and one ends within thirteen months, and there are old SDKs and forgotten flags; ``None``:
        a small account in which every week is like the one before.
    :raises ValueError: a switch has no such reading
    """

    seconds_documented: Literal["seconds", "milliseconds"] = "seconds"
    unstated_unit: Literal["milliseconds", "seconds"] = "milliseconds"
    wrong_unit: Literal["refused", "empty", "believed"] = "refused"
    to_bound: Literal["exclusive", "inclusive"] = "exclusive"
    default_timezone: str = "UTC"
    absent_points: Literal["absent", "zero"] = "absent"
    monthly_time: Literal["start", "last_day"] = "start"
    evaluations_granularity: Literal["by_length", "by_age"] = "by_length"
    streams_granularity: Literal["by_age", "by_length"] = "by_age"

    settle_days: int = 3
    retention_days: int | None = None
    month_to_date_from: Literal["month_start", "requested_from"] = "month_start"
    month_to_date_gaps: Literal["carried", "absent"] = "carried"
    partial_day: Literal["partial", "zero"] = "partial"
    incremental_uniques: Literal["of_bucket", "new_in_month"] = "of_bucket"
    observability_average: Literal["per_hour", "per_minute"] = "per_hour"
    primary_kind: Mapping[str, str] = field(default_factory=dict)
    context_kind_split: Literal["always", "ungrouped_only", "never"] = "always"
    other_variations: Literal["folded", "listed"] = "folded"
    data_through_lag_hours: int | None = 1
    data_through_frozen: str | None = None
    data_export_identity: Literal["complete", "incomplete"] = "complete"
    destinations_viewable: Literal["some", "all", "none"] = "some"

    ungrouped_metadata: Literal["empty_object", "described"] = "empty_object"
    anonymous_key: Literal["anonymousV2", "anonymous"] = "anonymousV2"
    anonymous_value: Literal["string", "boolean"] = "string"
    missing_dimension: Literal["absent", "empty"] = "absent"
    events_metadata: Literal["empty_object", "type", "key"] = "empty_object"
    bycategory_metadata: Literal["category", "key"] = "category"
    mau_metadata: Literal["as_asked", "as_newer"] = "as_asked"
    series_order: Literal["shuffled", "sorted"] = "shuffled"
    total_evaluations: Literal["present", "absent"] = "present"
    projected_series: Literal["full_period", "remaining_days", "absent"] = "full_period"

    unknown_parameters: Literal["refused", "ignored"] = "refused"
    unknown_project: Literal["refused", "empty"] = "refused"
    mau_sdk_app_id: Literal["accepted", "refused"] = "accepted"
    not_in_plan: frozenset[str] = frozenset()
    lapsed_plan: frozenset[str] = frozenset()
    rate_limit: int | None = None
    route_rate_limit: int | None = None
    token_rate_limit: int | None = None
    rate_window: float = 10.0

    extra_projects: int = 0
    extra_flags: int = 0
    growing_from: str | None = None

    def __post_init__(self) -> None:
        for name, kind in _kinds().items():
            value = getattr(self, name)
            if get_origin(kind) is Literal and value not in get_args(kind):
                raise ValueError(f"switch {name}={value!r}: expected one of {', '.join(map(repr, get_args(kind)))}")
            if kind in (int, int | None) and value is not None and (type(value) is not int or value < 0):
                raise ValueError(f"switch {name}={value!r}: expected a whole number that is not negative")
            if name in ("data_through_frozen", "growing_from") and value is not None:
                _check_instant(name, value)
            if name == "rate_window" and not value > 0:
                raise ValueError(f"switch rate_window={value!r}: expected seconds above 0")

    def but(self, **changes: Any) -> Switches:
        """These switches with some changed.

        :param changes: switch to reading; a set may also be a list or one string, as in JSON
        :returns: the changed switches
        :raises ValueError: there is no such switch or reading
        """
        known = {one.name for one in dataclasses.fields(self)}
        for name in changes:
            if name not in known:
                raise ValueError(f"no switch {name!r}; there are {', '.join(sorted(known))}")
        for name in ("not_in_plan", "lapsed_plan"):
            if name in changes:
                value = changes[name]
                changes[name] = frozenset([value] if isinstance(value, str) else value)
        return dataclasses.replace(self, **changes)

    def but_text(self, assignments: list[str]) -> Switches:
        """These switches with some changed from the command line.

        :param assignments: ``name=value``; a value that is not JSON (``3``, ``null``, ``["vega-ai"]``) is plain text
        :returns: the changed switches
        :raises ValueError: there is no such switch or reading, or a text has no ``=``
        """
        changes: dict[str, Any] = {}
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if not equals:
                raise ValueError(f"{assignment!r}: expected name=value")
            try:
                changes[name] = json.loads(text)
            except json.JSONDecodeError:
                changes[name] = text
        return self.but(**changes)

    def as_json(self) -> dict[str, Any]:
        """The switches as JSON values.

        :returns: switch to reading; sets are sorted lists
        """
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return {
            name: sorted(value) if isinstance(value, frozenset) else dict(value) if name == "primary_kind" else value
            for name, value in values.items()
        }


def parse_time(text: str) -> datetime:
    """Parse an instant.

    :param text: ISO 8601; UTC if it has no time zone
    :returns: an aware datetime
    :raises ValueError: the text is not ISO 8601
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _check_instant(name: str, value: Any) -> None:
    try:
        parse_time(value)
    except (ValueError, AttributeError) as error:
        raise ValueError(f"switch {name}={value!r}: expected ISO 8601, such as 2026-11-18") from error


@cache
def _kinds() -> dict[str, Any]:
    """The types of the switches, resolved once because every construction checks them."""
    return get_type_hints(Switches)
