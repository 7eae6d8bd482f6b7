"""JSON -> rows for the endpoints that answer with a list of things instead of series of figures.

Each item is a row, and each field that the catalogue knows a column. What else an item holds goes to ``extra``, if the
catalogue says that it may be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.exact_reader import whole_number
from airflow_provider_ldusage.answers.jsontext import canonical
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.log_text import shown
from airflow_provider_ldusage.metrics import Answer, Field
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows import arrow
from airflow_provider_ldusage.rows.day import Rows
from airflow_provider_ldusage.rows.labels import Label, Labels

Figures = tuple[int | None, ...]


@dataclass(frozen=True)
class _Wrapper:
    """The object around a list.

    :param key: the field that has the list
    :param others: other fields that are known
    :param paged: it is a page, and the client asks for those that follow
    """

    key: str
    others: frozenset[str] = frozenset({"_links"})
    paged: bool = False


# By the shape of the answer, not by metric: this is how LaunchDarkly's models of that name look, whoever returns them.
# Lists that are not here have nothing around them.
_WRAPPERS = {
    Answer.SDK_LIST: _Wrapper("sdks"),
    Answer.SDK_VERSION_LIST: _Wrapper("sdkVersions"),
    Answer.RANKING: _Wrapper("items", frozenset({"_links", "page", "scope"}), paged=True),
}


def items_of(answer: Any, kind: Answer) -> list[Any]:
    """The items of a decoded answer.

    :raises AnswerError: if the answer has another shape, or is a page of several where there are no pages
    """
    wrapper = _WRAPPERS.get(kind)
    if wrapper is not None and (isinstance(answer, Mapping) or not wrapper.paged):
        answer = _unwrapped(answer, wrapper, kind)
    if answer is None:
        return []
    if not isinstance(answer, list):
        raise AnswerError(f"The answer is no list of {kind.value}.")
    return answer


def _unwrapped(answer: Any, wrapper: _Wrapper, kind: Answer) -> Any:
    if not isinstance(answer, Mapping) or wrapper.key not in answer:
        raise AnswerError(f"The answer has no {wrapper.key!r}: it is not a {kind.value}.")
    if not wrapper.paged:
        drift.check_whole(answer)
    unknown = set(answer) - wrapper.others - {wrapper.key}
    drift.warn_unknown("the answer has the top-level field", unknown, "left out")
    return answer[wrapper.key]


def list_rows(items: Iterable[Any], query: UsageQuery, schema: tuple[Column, ...]) -> Rows:
    """Rows of a list, sorted; items that are equal in every field are one row.

    :param schema: the table's columns
    :raises AnswerError: if an item has another shape, items are equal but for their figures, or no item has a field
        without which the list means nothing
    """
    reader = _ItemReader(query, schema)
    found: dict[Label, Figures] = {}
    for item in items:
        label, figures = reader.read(item)
        if found.setdefault(label, figures) != figures:
            which = dict(zip(reader.texts, label, strict=True))
            raise AnswerError("The list names the same thing twice, with different figures.", about=str(which))
    reader.finish()
    if query.metric.item_key is not None and reader.figures:
        _check_keys(query.metric.item_key, found, reader.texts)
    labels = Labels(reader.texts, found)
    figures_of = {
        name: arrow.numbers((found[label][place] for label in labels.rows), "q")
        for place, name in enumerate(reader.figures)
    }
    return Rows.of(schema, labels, labels.codes, figures_of)


def _check_keys(key: str, found: Iterable[Label], texts: tuple[str, ...]) -> None:
    """Refuse a list with figures that names an item twice: its pages are of different states."""
    position = texts.index(key)
    seen = set()
    for label in found:
        if label[position] in seen:
            raise AnswerError(
                f"The list has {key} {shown(label[position])} twice: pages of different states do not add up."
            )
        seen.add(label[position])


class _ItemReader:
    """Reads the items of one list.

    :param query: what was asked
    :param schema: the table's columns
    """

    def __init__(self, query: UsageQuery, schema: tuple[Column, ...]) -> None:
        self.texts = tuple(column.name for column in schema if column.type == "string")
        self.figures = tuple(column.name for column in schema if column.type != "string")
        self._metric, self._slice = query.metric, query.slice
        columns = {column.name for column in schema}  # a table may be older than a field of the catalogue
        self._fields = [field for field in query.metric.fields if field.name in columns]
        self._missing = {field.path for field in query.metric.fields if field.essential}
        self._unknown: set[str] = set()
        self._read_any = False

    def read(self, item: Any) -> tuple[Label, Figures]:
        """An item's strings and figures, in the order of :attr:`texts` and :attr:`figures`.

        :raises AnswerError: if the item has another shape
        """
        if self._metric.answer is Answer.SDK_LIST:  # bare names
            item = {"sdk": item}
        if not isinstance(item, Mapping):
            raise AnswerError(f"An item of the list is no object: {shown(item)}.")
        self._read_any = True
        self._missing.difference_update(item)
        try:
            values = self._values(item)
        except RecursionError:
            raise AnswerError("An item of the list is nested too deeply to be kept.") from None
        return tuple(map(values.get, self.texts)), tuple(map(values.get, self.figures))

    def finish(self) -> None:
        """Check and warn of what shows only when all items were read.

        :raises AnswerError: if no item has a field without which the list means nothing
        """
        if self._read_any and self._missing:
            names = ", ".join(map(repr, sorted(self._missing)))
            raise AnswerError(f"No item of the list has {names}: rows without it would mean nothing.")
        drift.warn_unknown("an item of the list has", self._unknown, "kept in the column extra")

    def _values(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """An item's values by column."""
        rest = _copy(item)
        values: dict[str, Any] = dict(self._slice)
        for field in self._fields:
            values[field.name] = _typed(field, _pop(rest, field.path))
        if self._metric.keeps_rest and (rest := _without_empty(rest)):
            values["extra"] = canonical(rest)
            self._unknown.update(_paths(rest))
        return values


def _typed(field: Field, value: Any) -> Any:
    """A field's value as its column has it.

    :raises AnswerError: if it does not fit
    """
    if field.type == "int64":
        return _figure(field, value)
    if value is None or isinstance(value, str):
        return value
    if field.essential:
        raise AnswerError(f"Field {field.path!r} must be a string, not {shown(value)}.")
    return canonical(value)


def _figure(field: Field, value: Any) -> int | None:
    whole = whole_number(value)
    if whole is not None and (not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole < 2**63):
        raise AnswerError(f"Field {field.path!r} must be a whole number that is not negative, not {shown(value)}.")
    if isinstance(value, float):
        drift.warn(f"field {field.path!r} came with a decimal point, though whole: read as a whole number")
    return whole


def _paths(rest: Mapping[str, Any]) -> set[str]:
    """Paths of the fields in what is left of an item, as the catalogue writes them: with a dot, two levels deep."""
    names: set[str] = set()
    for name, value in rest.items():
        names.update([f"{name}.{inner}" for inner in value] if isinstance(value, dict) else [name])
    return names


def _copy(value: Any) -> Any:
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _pop(item: dict[str, Any], path: str) -> Any:
    """Take a field out of an item; None where it has none.

    :raises AnswerError: if what the path leads through is no object
    """
    *parents, last = path.split(".")
    for parent in parents:
        item = item.get(parent) or {}
        if not isinstance(item, dict):
            raise AnswerError(f"Field {path!r}: {parent!r} is no object.")
    return item.pop(last, None)


def _without_empty(rest: dict[str, Any]) -> dict[str, Any]:
    """What is left of an item without its known fields: not nulls, links, and objects with nothing left in them."""
    left = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in rest.items() if k != "_links"}
    return {k: v for k, v in left.items() if v is not None and v != {}}
