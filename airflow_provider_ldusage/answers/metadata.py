"""What an answer's series are called: the elements of ``metadata`` -> labels of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.jsontext import canonical, decode, decoders, excerpt
from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut
from airflow_provider_ldusage.metrics import METADATA_ALIASES, snake_case
from airflow_provider_ldusage.query import Column, UsageQuery
from airflow_provider_ldusage.rows.labels import Label, Labels

if TYPE_CHECKING:
    import msgspec


def metadata_of(raw: msgspec.Raw) -> list[dict[str, Any]]:
    """Decode the elements of ``metadata``.

    :raises AnswerError: if it is no list of objects, or an element has a key twice
    """
    elements: list[dict[str, Any]] = decode(raw, decoders().metadata, "'metadata' is no list of objects") or []
    text = bytes(raw)
    plain = sum(len(element) + sum(type(value) is str for value in element.values()) for element in elements)
    if text.count(b'"') != 2 * plain:  # an escaped quote, a nested object, or a key that was lost
        try:
            pairs = [len(element) for element in json.loads(text, object_pairs_hook=list) or ()]
        except (ValueError, RecursionError) as error:
            raise AnswerError(
                f"The answer does not fit the contract: 'metadata' cannot be read ({cut(str(error), MAX_SHOWN)})."
            ) from None
        if pairs != [len(element) for element in elements]:
            raise AnswerError("A metadata element has the same key twice.", about=f"it begins: {excerpt(raw)}")
    return elements


class SeriesLabels:
    """The labels of all series in the answers of one load.

    Each label has a number in the order in which they come, so that points can be read before all labels are known.

    :param query: what was asked
    :param schema: the table's columns
    """

    def __init__(self, query: UsageQuery, schema: tuple[Column, ...]) -> None:
        self._query = query
        self._columns = tuple(column.name for column in schema if column.name not in ("time", "value"))
        self._known = query.dimension_columns
        self._dimensions = {name: column for name, column in self._known.items() if column in self._columns}
        self._numbers: dict[Label, int] = {}
        self._texts: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._nested: set[str] = set()

    def numbers(self, metadata: list[dict[str, Any]], fixed: Mapping[str, str]) -> list[int]:
        """The number of each metadata element's label.

        :param fixed: dimensions that the request named and the answer does not repeat (a flag's key)
        """
        asked = {**self._query.slice, **fixed}
        return [self._number(self._values(element, asked)) for element in metadata]

    def total(self) -> int:
        """The number of the label that stands for the whole account: every dimension is null."""
        return self._number({**self._query.slice, "extra": None})

    def ranked(self) -> tuple[Labels, list[int]]:
        """All labels, sorted, and the code of each label's number."""
        labels = Labels(self._columns, self._numbers)
        return labels, [labels.ranks[label] for label in self._numbers]

    def warn_of_drift(self) -> None:
        """Warn of what the metadata had that the catalogue does not know."""
        drift.warn_unknown("metadata has", self._unknown, "kept in the column extra")
        drift.warn_each("metadata's {} is no plain value any more: kept as JSON in its column", self._nested)

    def _number(self, values: Mapping[str, str | None]) -> int:
        texts = (values.get(column) for column in self._columns)
        # Most labels share their strings with others: each string is in memory once.
        label = tuple(text if text is None else self._texts.setdefault(text, text) for text in texts)
        return self._numbers.setdefault(label, len(self._numbers))

    def _values(self, element: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, str | None]:
        """A metadata element as text by column. What has no column goes to ``extra``, so that nothing is dropped.

        :param asked: columns whose values the request named
        """
        values: dict[str, str | None] = dict(asked)
        extra: dict[str, Any] = {}
        for key, value in element.items():
            alias = METADATA_ALIASES.get(key, key)
            name = alias if alias in self._dimensions and alias not in element else key
            if name in self._dimensions:
                values[self._dimensions[name]] = _text_of(value)
                if name in self._query.metric.typed_dimensions:
                    if _reads_as_json(value):
                        extra[key] = value
                elif isinstance(value, dict | list):
                    self._nested.add(key)
            elif snake_case(name) not in asked or asked[snake_case(name)] != value:
                extra[key] = value
                if name not in self._known:  # else the table was created before the catalogue had this dimension
                    self._unknown.add(key)
        values["extra"] = canonical(extra) if extra else None
        return values


def _text_of(value: Any) -> str | None:
    """A dimension's value as a string: a flag's variation may be any JSON value."""
    return value if value is None or isinstance(value, str) else canonical(value)


def _reads_as_json(value: Any) -> bool:
    """Whether a string has the text of another JSON value in its column: ``"true"`` that of ``true``."""
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
