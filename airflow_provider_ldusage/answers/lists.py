"""JSON -> rows for the endpoints that answer with a list of things instead of a series of figures.

Bare arrays, ``sdks``, ``sdkVersions``, the items of the paged ranking, projects and environments: each item is a
row, each field the catalogue knows a column, and what else an item of the usage API holds goes to ``extra``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.metrics import Answer, Field
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.day import Labels, Rows, sort_key

# Where a list endpoint keeps its items; a bare array is not listed.
ITEMS_KEY = {Answer.SDK_LIST: "sdks", Answer.SDK_VERSION_LIST: "sdkVersions"}
RANKING_FIELDS = {"_links", "items", "page", "scope"}
# What a list is about: where no item has it any more, the rest of the items means nothing.
ESSENTIAL: Mapping[Answer, frozenset[str]] = {
    Answer.SDK_VERSION_LIST: frozenset({"sdk"}),
    Answer.RANKING: frozenset({"projectKey", "usage"}),
    Answer.PROJECTS: frozenset({"_id", "key"}),
    Answer.ENVIRONMENTS: frozenset({"_id", "key"}),
}


def items_of(answer: Any, kind: Answer) -> list[Any]:
    """The items of a decoded answer.

    :raises AnswerError: for an answer of another shape
    """
    key = ITEMS_KEY.get(kind)
    if kind is Answer.RANKING and isinstance(answer, Mapping):
        if "items" not in answer:
            raise AnswerError("A page has no 'items': it is not a ranking.")
        drift.tell_unknown("the ranking has the top-level field", set(answer) - RANKING_FIELDS, "left out")
        answer = answer["items"]
    if key is not None:
        if not isinstance(answer, Mapping) or key not in answer:
            raise AnswerError(f"The answer has no {key!r}: it is not a {kind.value}.")
        drift.check_whole(answer)
        drift.tell_unknown("the answer has the top-level field", set(answer) - {key, "_links"}, "left out")
        answer = answer[key]
    if answer is None:
        return []
    if not isinstance(answer, list):
        raise AnswerError(f"The answer is no list of {kind.value}.")
    return answer


def list_rows(items: Iterable[Any], query: UsageQuery, schema: tuple[Column, ...]) -> Rows:
    """Rows of a list, sorted; an item that comes twice in exactly the same words is one row.

    :raises AnswerError: for an item of another shape, or a ranking that names a project twice
    """
    fields = {field.name: field for field in query.metric.fields}
    texts = [column.name for column in schema if column.type == "string"]
    figures = [column.name for column in schema if column.type != "string"]
    found: dict[tuple[str | None, ...], tuple[int | None, ...]] = {}
    unknown: set[str] = set()
    lost = set(ESSENTIAL.get(query.metric.answer, ()))
    for item in items:
        try:
            values = _item(item, query, fields, texts + figures)
            unknown |= _unknown(values.get("extra"))
            lost.difference_update(item)
        except RecursionError:
            raise AnswerError("An item of the list is nested too deeply to be kept.") from None
        label = tuple(values.get(name) for name in texts)
        numbers = tuple(values.get(name) for name in figures)
        if found.setdefault(label, numbers) != numbers:
            raise AnswerError(
                f"The list names the same thing twice, with different figures: {dict(zip(texts, label, strict=True))}."
            )
    if found and lost:
        names = ", ".join(map(repr, sorted(lost)))
        raise AnswerError(f"No item of the list has {names}: rows without it would mean nothing.")
    drift.tell_unknown("an item of the list has", unknown, "kept in the column extra")
    if query.metric.answer is Answer.RANKING:
        _check_ranking(found, texts)
    labels = sorted(found, key=sort_key)
    return Rows(
        schema,
        Labels(texts, labels),
        arrow.numbers(range(len(labels)), "i"),
        {name: arrow.numbers((found[label][i] for label in labels), "q") for i, name in enumerate(figures)},
    )


def _item(item: Any, query: UsageQuery, fields: Mapping[str, Field], columns: Sequence[str]) -> dict[str, Any]:
    if query.metric.answer is Answer.SDK_LIST:
        item = {"sdk": item}
    if not isinstance(item, Mapping):
        raise AnswerError(f"An item of the list is no object: {str(item)[:120]!r}.")
    rest = _copy(item)
    values: dict[str, Any] = dict(query.slice)
    for name, field in fields.items():
        if name in columns:
            values[name] = _typed(field, _pop(rest, field.path))
    # Projects and environments hold far more than their names, SDK keys among it: no rest of theirs is kept.
    if query.metric.api_version == "beta" and (rest := _without_empty(rest)):
        values["extra"] = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return values


def _typed(field: Field, value: Any) -> Any:
    if field.type == "int64":
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            drift.tell(f"field {field.path!r} came with a decimal point, though whole: read as a whole number")
            value = int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
            return value
        raise AnswerError(f"Field {field.path!r} must be a whole number that is not negative, not {value!r}.")
    if value is None or isinstance(value, str):
        return value
    if field.path in ("_id", "key", "sdk"):
        raise AnswerError(f"Field {field.path!r} must be a string, not {str(value)[:120]!r}.")
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _unknown(extra: str | None) -> set[str]:
    """Names of the fields in an item's ``extra``; of one within another, as the catalogue writes paths, with a dot."""
    names: set[str] = set()
    for name, value in json.loads(extra).items() if extra else ():
        names.update(f"{name}.{inner}" for inner in value) if isinstance(value, dict) else names.add(name)
    return names


def _check_ranking(found: Mapping[tuple[str | None, ...], Any], texts: Sequence[str]) -> None:
    position = texts.index("project_key")
    projects = [label[position] for label in found]
    if len(set(projects)) < len(projects):
        twice = next(name for name in projects if projects.count(name) > 1)
        raise AnswerError(f"The ranking names the project {twice!r} twice: pages of different states do not add up.")


def _copy(value: Any) -> Any:
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _pop(item: dict[str, Any], path: str) -> Any:
    *parents, last = path.split(".")
    for parent in parents:
        item = item.get(parent) or {}
        if not isinstance(item, dict):
            raise AnswerError(f"Field {path!r}: {parent!r} is no object.")
    return item.pop(last, None)


def _without_empty(rest: dict[str, Any]) -> dict[str, Any]:
    """What is left of an item once its known fields are taken; nulls, and objects with nothing left, are gone too."""
    left = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in rest.items() if k != "_links"}
    return {k: v for k, v in left.items() if v is not None and v != {}}
