"""The top-level fields of a usage series beside its metadata and points: which are known, and how fresh it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_ldusage.answers import drift
from airflow_provider_ldusage.answers.jsontext import decode, decoders
from airflow_provider_ldusage.exceptions import AnswerError

if TYPE_CHECKING:
    import msgspec

    Fields = Mapping[str, msgspec.Raw]

REQUIRED_FIELDS = ("metadata", "series")
KNOWN_FIELDS = frozenset({"_links", *REQUIRED_FIELDS, "projectedSeries", "dataThrough", "delayed", "totalEvaluations"})


def check_fields(fields: Fields) -> None:
    """Check which fields an answer has, and warn of those that this version does not know.

    :param fields: undecoded
    :raises AnswerError: if one says that the answer is a page of several, or a required one is missing
    """
    unknown = set(fields) - KNOWN_FIELDS
    signs = {name: fields[name] for name in unknown.intersection(drift.PAGING_FIELDS)}
    if "_links" in fields and b'"next"' in bytes(fields["_links"]):
        signs["_links"] = fields["_links"]
    drift.check_whole({name: decode(raw, decoders().any, f"{name!r}") for name, raw in signs.items()})
    drift.warn_unknown("the answer has the top-level field", unknown, "left out")
    for name in REQUIRED_FIELDS:
        if name not in fields:
            raise AnswerError(f"The answer has no {name!r}: it is not a usage series.")


def data_through(fields: Fields) -> str | None:
    """RFC 3339, up to when the figures are counted, where the answer says so.

    :raises AnswerError: if it is no string
    """
    return decode(fields.get("dataThrough", b"null"), decoders().text, "'dataThrough' is no string") or None


def is_delayed(fields: Fields) -> bool:
    """Whether the answer says that its figures are delayed.

    :raises AnswerError: if it is no boolean
    """
    return bool(decode(fields.get("delayed", b"null"), decoders().flag, "'delayed' is no boolean"))


def instant(text: str) -> datetime:
    """The instant of ``dataThrough``, without its fraction of a second, which Python 3.10 rarely reads.

    :param text: RFC 3339; without an offset it is UTC
    :raises AnswerError: the text is anything else
    """
    try:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    except ValueError:
        raise AnswerError(f"'dataThrough' is not an RFC 3339 time: {text[:60]!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
