"""Holds the catalogue against LaunchDarkly's official client, which is generated from their API description.

When a newer ``launchdarkly-api`` makes this fail, each line says what moved: bring ``metrics.py`` in step with it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pytest

from airflow_provider_ldusage.answers.envelope import KNOWN_FIELDS
from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.metrics import MAX_PROJECTS, METRICS, Answer, Filter, Metric, PathArgument
from airflow_provider_ldusage.query import UsageQuery

pytest.importorskip("launchdarkly_api")

SERIES_ANSWERS = (Answer.SERIES, Answer.FLOAT_SERIES, Answer.DATA_EXPORT_SERIES)
ITEMS = {
    Answer.SDK_VERSION_LIST: "SdkVersionRep",
    Answer.SDK_VERSION_DETAILS: "SdkVersionDetailsRep",
    Answer.RANKING: "DataExportProjectRankRep",
}
# Known to be taken though the description does not list it, or listed in prose that no pattern here reads.
UNLISTED_VALUES = {("mau", "anonymous"): {"true", "false"}}
SEEN_BUT_UNDOCUMENTED = {"totalEvaluations"}


@dataclass(frozen=True)
class Operation:
    """What the client knows of one endpoint; parameters by the API's names, with their descriptions."""

    name: str
    path: str
    answer: str
    deprecated: bool
    about: str
    path_params: Mapping[str, str]
    query_params: Mapping[str, str]


def operations_of(api: type) -> dict[str, Operation]:
    found = {}
    for name, method in inspect.getmembers(api, inspect.isfunction):
        serialize = getattr(api, f"_{name}_serialize", None)
        sent = inspect.getsource(serialize) if serialize else ""
        if "method='GET'" not in sent:
            continue
        method = inspect.unwrap(method)
        text = inspect.getsource(method)
        about = {
            parameter: next((m.description for m in getattr(p.annotation, "__metadata__", ()) if _describes(m)), "")
            for parameter, p in inspect.signature(method).parameters.items()
        }
        path = re.search(r"resource_path='(.+?)'", sent)
        answer = re.search(r"'200': \"(.+?)\"", text)
        assert path and answer, f"cannot read {name}: the client's generator has changed"
        found[name] = Operation(
            name, path[1], answer[1], "DeprecationWarning" in text, method.__doc__ or "",
            {k: about[v] for k, v in re.findall(r"_path_params\['(\w+)'\] = (\w+)", sent)},
            {k: about[v] for k, v in re.findall(r"_query_params\.append\(\('(\w+)', (\w+)", sent)},
        )  # fmt: skip
    return found


def _describes(metadata: object) -> bool:
    return bool(getattr(metadata, "description", None))


@cache
def client_operations() -> Mapping[str, Operation]:
    from launchdarkly_api.api.account_usage_beta_api import AccountUsageBetaApi

    return MappingProxyType(operations_of(AccountUsageBetaApi))


def model_fields(name: str) -> set[str]:
    import launchdarkly_api.models

    return {f.alias or key for key, f in getattr(launchdarkly_api.models, name).model_fields.items()}


def listed_values(text: str) -> list[str]:
    """The values a description names as the allowed ones, in its order."""
    if match := re.search(r"Valid values: (.+?)(?:\.|<br/>|$)", text):
        return [value.strip(" `") for value in match[1].split(",")]
    if match := re.search(r"[Mm]ust be either `(\w+)` or `(\w+)`", text):
        return list(match.groups())
    only = re.search(r"Only `(\w+)` is supported|`(\w+)` is the only value", text)
    return [only[1] or only[2]] if only else []


def listed_granularities(text: str, aggregations: Iterable[str]) -> dict[str, set[str]]:
    """What a ``granularity`` description says, aggregation by aggregation."""
    if "only supported with the **month_to_date**" in text:
        every = set(listed_values(text))
        return {name: every - (set() if name == "month_to_date" else {"monthly"}) for name in aggregations}
    found = {}
    for clause in text.partition("`aggregationType`: ")[2].split(";"):
        for name in re.findall(r"\*\*(\w+)\*\*", clause):
            found[name] = set(re.findall(r"`(\w+)`", clause))
    return found


def drift(catalogue: Mapping[str, Metric], client: Mapping[str, Operation]) -> list[str]:
    """Every point in which the catalogue and the client differ, one line each."""
    usage = [metric for metric in catalogue.values() if metric.operation]
    by_name = {metric.operation.lower(): metric for metric in usage}
    found = []
    for name, operation in client.items():
        metric = by_name.pop(name.replace("_", ""), None)
        if metric is None:
            found.append(f"{name}: GET {operation.path} is in the client, and no metric asks it")
            continue
        found += [f"{metric.name}: {line}" for line in _differences(metric, operation)]
    found += [f"{metric.name}: operation {metric.operation} is not in the client" for metric in by_name.values()]
    return found


def _differences(metric: Metric, operation: Operation) -> Iterable[str]:
    def same(what: str, ours: object, theirs: object) -> Iterable[str]:
        if ours != theirs:
            yield f"{what} is {ours} in the catalogue and {theirs} in the client"

    a_list = metric.answer is Answer.SDK_VERSION_DETAILS
    yield from same("path", metric.path, operation.path)
    yield from same("answer", f"List[{metric.answer.value}]" if a_list else metric.answer.value, operation.answer)
    yield from same("deprecated", metric.deprecated, operation.deprecated)
    yield from same("automatic_granularity", metric.automatic_granularity, "minutely" in operation.about)
    if limit := re.search(r"maximum time range is (\d+) days", operation.about):
        yield from same("max_days", metric.max_days, int(limit[1]))
    yield from same(
        "path arguments", {a.parameter: a.allowed for a in metric.path_arguments},
        {name: tuple(listed_values(text)) for name, text in operation.path_params.items()},
    )  # fmt: skip
    yield from _parameter_differences(metric, operation, same)


def _parameter_differences(metric: Metric, operation: Operation, same: Any) -> Iterable[str]:
    theirs = operation.query_params
    explained = {item.name for item in metric.filters} | {name for name, _ in metric.fixed_params}
    explained |= {"from", "to"} if metric.takes_range else set()
    explained |= {"tz"} if metric.takes_tz else set()
    explained |= {metric.group_by_param} if metric.groupings else set()
    explained |= {"aggregationType"} if metric.aggregations else set()
    explained |= {"granularity"} if metric.has_granularity else set()
    explained |= {"limit", "cursor"} if metric.page_size else set()
    for name in sorted(theirs.keys() - explained):
        yield f"parameter {name} is in the client, and nothing in the catalogue explains it"
    for name in sorted(explained - theirs.keys()):
        yield f"parameter {name} is in the catalogue, and the client does not know it"
    for name in ("from", "to"):
        if unit := re.search(r"Unix (milliseconds|seconds)", theirs.get(name, "")):
            yield from same(f"unit of {name}", metric.time_unit, {"milliseconds": "ms", "seconds": "s"}[unit[1]])
            yield from same(f"unit_uncertain for {name}", metric.unit_uncertain, unit[1] == "seconds")
    for item in metric.filters:
        text = theirs.get(item.name, "")
        values = UNLISTED_VALUES.get((metric.name, item.name)) or set(listed_values(text))
        yield from same(f"values of filter {item.name}", set(item.allowed), values)
        yield from same(f"repeat of filter {item.name}", item.repeat, "multiple times" in text)
    for name, value in metric.fixed_params:
        yield from same(f"fixed parameter {name}", [value], listed_values(theirs.get(name, "")))
    grouping = theirs.get(metric.group_by_param, "")
    yield from same("groupings", sorted(metric.groupings), sorted(listed_values(grouping)))
    if always := re.search(r"`(\w+)` is always included", grouping):
        yield from same("own_dimensions", metric.own_dimensions, (always[1],))
    types = theirs.get("aggregationType", "")
    yield from same("aggregations", sorted(metric.aggregations), sorted(listed_values(types)))
    if text := theirs.get("granularity", ""):
        ours = {name: set(values) for name, values in metric.aggregations.items()}
        yield from same("granularities", ours, listed_granularities(text, metric.aggregations))


def test_the_catalogue_says_what_the_official_client_says() -> None:
    found = drift(METRICS, client_operations())
    assert not found, "The catalogue and launchdarkly-api differ:\n" + "\n".join(found)


def test_every_usage_operation_of_the_client_was_read() -> None:
    assert len(client_operations()) == sum(bool(metric.operation) for metric in METRICS.values()) == 28
    every = [text for op in client_operations().values() for text in (*op.query_params.values(), op.about)]
    assert all(every), "a parameter without description: the client's generator has changed"


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.answer in ITEMS])
def test_the_fields_of_a_list_are_those_of_the_clients_model(name: str) -> None:
    metric = METRICS[name]
    theirs = model_fields(ITEMS[metric.answer])
    if metric.answer is Answer.RANKING:
        theirs -= {"components"}
        theirs |= {f"components.{part}" for part in model_fields("DataExportProjectRankComponentsRep")}
    assert {field.path for field in metric.fields} == theirs


@pytest.mark.parametrize(
    ("name", "module", "api", "method", "item"),
    [
        ("projects", "projects_api", "ProjectsApi", "get_projects", "Project"),
        ("environments", "environments_api", "EnvironmentsApi", "get_environments_by_project", "Environment"),
    ],
)
def test_the_dimension_lists_are_the_clients(name: str, module: str, api: str, method: str, item: str) -> None:
    metric = METRICS[name]
    operation = operations_of(getattr(import_module(f"launchdarkly_api.api.{module}"), api))[method]
    assert (metric.path, metric.answer.value) == (operation.path, operation.answer)
    assert {field.path for field in metric.fields if "." not in field.path} <= model_fields(item)


def test_the_decoder_knows_every_top_level_field_of_the_series_models() -> None:
    theirs = set().union(*(model_fields(answer.value) for answer in SERIES_ANSWERS))
    assert theirs | SEEN_BUT_UNDOCUMENTED == KNOWN_FIELDS


def test_rules_between_parameters_that_the_client_states_are_enforced() -> None:
    of = {metric.operation.lower(): metric for metric in METRICS.values()}
    held = 0
    for name, operation in client_operations().items():
        metric = of[name.replace("_", "")]
        for parameter, text in operation.query_params.items():
            if "exactly one" in text:
                held += 1
                with pytest.raises(UsageArgumentError, match="exactly one"):
                    UsageQuery.build(metric.name, filters={parameter: ["production"]})
            if limit := re.search(r"(?:capped at|at most) (\d+)", text):
                held += 1
                assert int(limit[1]) == MAX_PROJECTS, f"{metric.name} {parameter}: {text}"
    assert held >= 14


def _with(**changes: Any) -> dict[str, Metric]:
    (name, edits), = changes.items()  # fmt: skip
    return {**METRICS, name: replace(METRICS[name], **edits)}


MAU = METRICS["clientside_mau"]
SABOTAGES: list[tuple[dict[str, Metric], str]] = [
    ({name: metric for name, metric in METRICS.items() if name != "ai_runs"}, "get_ai_runs_usage: GET"),
    (_with(ai_runs={"operation": "getAIRunUsage"}), "ai_runs: operation getAIRunUsage is not in the client"),
    (_with(ai_runs={"path": "/api/v2/usage/ai_runs"}), "ai_runs: path is"),
    (_with(events={"answer": Answer.FLOAT_SERIES}), "events: answer is SeriesListRepFloat"),
    (_with(sdk_versions_all={"answer": Answer.SDK_VERSION_LIST}), "sdk_versions_all: answer is SdkVersionListRep"),
    (_with(mau={"deprecated": False}), "mau: deprecated is False"),
    (_with(mau={"group_by_param": "groupBy"}), "mau: parameter groupby is in the client"),
    (_with(streams={"automatic_granularity": False}), "streams: automatic_granularity is False"),
    (_with(streams={"takes_tz": False}), "streams: parameter tz is in the client"),
    (_with(events={"takes_tz": True}), "events: parameter tz is in the catalogue"),
    (_with(streams={"path_arguments": (PathArgument("source", "kind"),)}), "streams: path arguments is"),
    (_with(clientside_mau={"filters": MAU.filters[1:]}), "clientside_mau: parameter projectKey is in the client"),
    (_with(vega_ai={"filters": (Filter("projectkey"),)}), "vega_ai: parameter projectkey is in the catalogue"),
    (_with(vega_ai={"filters": (Filter("projectKey", False),)}), "vega_ai: repeat of filter projectKey is False"),
    (_with(mau_sdks={"filters": (Filter("sdktype", False),)}), "mau_sdks: values of filter sdktype"),
    (_with(clientside_mau={"groupings": MAU.groupings[1:]}), "clientside_mau: groupings is"),
    (_with(total_contexts={"own_dimensions": ()}), "total_contexts: own_dimensions is ()"),
    (_with(ai_runs={"aggregations": MAU.aggregations}), "ai_runs: aggregations is"),
    (_with(clientside_mau={"aggregations": {**MAU.aggregations, "incremental": ("hourly",)}}), "granularities is"),
    (_with(vega_ai={"time_unit": "ms"}), "vega_ai: unit of from is ms"),
    (_with(vega_ai={"unit_uncertain": False}), "vega_ai: unit_uncertain for from is False"),
    (_with(total_mau={"max_days": 31}), "total_mau: max_days is 31"),
    (_with(data_export_project_ranking={"page_size": None}), "data_export_project_ranking: parameter cursor"),
    (_with(data_export_project_ranking={"fixed_params": (("source", "all"),)}), "fixed parameter source is ['all']"),
]  # fmt: skip


@pytest.mark.parametrize(("catalogue", "line"), SABOTAGES, ids=[line for _, line in SABOTAGES])
def test_a_catalogue_that_is_wrong_in_one_thing_is_told_so(catalogue: dict[str, Metric], line: str) -> None:
    assert any(line in found for found in drift(catalogue, client_operations())), drift(catalogue, client_operations())


def test_whatever_a_newer_client_adds_is_named() -> None:
    client = dict(client_operations())
    old = client["get_vega_ai_usage"]
    client["get_vega_ai_usage"] = replace(old, query_params={**old.query_params, "model": "A model to filter by."})
    client["get_new_usage"] = replace(old, name="get_new_usage", path="/api/v2/usage/new")
    assert drift(METRICS, client) == [
        "vega_ai: parameter model is in the client, and nothing in the catalogue explains it",
        "get_new_usage: GET /api/v2/usage/new is in the client, and no metric asks it",
    ]
