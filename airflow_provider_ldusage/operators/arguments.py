"""Converts arguments as Airflow renders them, from templates, XComs and ``expand``: strings, or native objects.

Templates render to strings unless the DAG renders native objects. Jinja then parses anything that looks like a Python
literal, and the version ``1.10`` becomes the number 1.1. The functions here take either form, and return what the
library takes or raise an error with the reason. Each takes the name of the argument, for its messages, and the value.
See
https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/operators.html#rendering-fields-as-native-python-objects.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut, shown
from airflow_provider_ldusage.metrics import BOOLEANS, METRICS

if TYPE_CHECKING:
    import jinja2

    from airflow_provider_ldusage.compat import Context

    _Base = Any  # an operator, whose render_template is extended
else:
    _Base = object

_Found = TypeVar("_Found")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_TRUTHS = ("True", "False")
_TRUTH_FILTERS = {item.name for metric in METRICS.values() for item in metric.filters if item.allowed == BOOLEANS}
_CLOSED_BY = {"[": "]", "(": ")", "{": "}"}


class TextStaysText(_Base):  # type: ignore[misc]
    """A mixin for operators: where templates render to native objects, text that looks like a number stays text."""

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: jinja2.Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Like Airflow's own method. A value that is a number before it is rendered stays one."""
        rendered = super().render_template(content, context, jinja_env, seen_oids)
        if not isinstance(content, str) or not isinstance(rendered, (int, float, complex)):
            return rendered
        template = (jinja_env or self.get_template_env()).from_string(content)
        parts = list(template.root_render_func(template.new_context(dict(context))))
        return rendered if len(parts) == 1 and not isinstance(parts[0], str) else "".join(map(str, parts))


def text(name: str, value: Any) -> str | None:
    """A string without surrounding blanks; None if it is missing or empty. Integers become their digits.

    :raises UsageArgumentError: the value has another type, or its template has no value
    """
    value = _collection(name, defined(name, value))
    return None if value is None else _text(name, value) or None


def texts(name: str, value: Any) -> str | list[str] | None:
    """A string or a list of strings, even if the list was rendered to a string; None if it is missing or empty.

    :raises UsageArgumentError: see :func:`text`; or a collection whose order changes from parse to parse
    """
    found = _collection(name, defined(name, value))
    if isinstance(found, Sequence | set) and not isinstance(found, str | bytes | bytearray | memoryview):
        return [_item(name, item) for item in (sorted(found, key=str) if isinstance(found, set) else found)]
    return None if found is None else _text(name, found) or None


def key(name: str, value: Any) -> str | None:
    """Like :func:`text`, for arguments that select usage or a destination: an empty string is refused as well."""
    return _not_empty(name, value, text(name, value))


def keys(name: str, value: Any) -> str | list[str] | None:
    """Like :func:`texts`; an empty string is refused as well."""
    return _not_empty(name, value, texts(name, value))


def destination(value: Any) -> Any:
    """A destination, a string or a path, as it is.

    :raises UsageArgumentError: its template has no value
    """
    if isinstance(defined("destination", value), str):
        _stripped("destination", value)
    return value


def mapping(name: str, value: Any) -> dict[str, Any] | None:
    """A dict, even if it was rendered to a string; None if it is missing or empty. Its values are not converted.

    :raises UsageArgumentError: the value has another type, or a key twice
    """
    found = _collection(name, defined(name, value))
    if found is None or (isinstance(found, str) and not _stripped(name, found)):
        return None
    if not isinstance(found, Mapping):
        raise UsageArgumentError(f"{name}={shown(value)} must be a dict.", 'For example {"name": "value"}.')
    named = {_text(name, key): defined(f"{name}[{key!r}]", item) for key, item in found.items()}
    if len(named) < len(found):
        raise UsageArgumentError(f"{name}={shown(value)} has a key twice.", "Give each key once.")
    return named


def choices(name: str, value: Any) -> dict[str, str] | None:
    """Like :func:`mapping`, with a string for each key."""
    found = mapping(name, value)
    return None if found is None else {key: text(f"{name}[{key!r}]", item) or "" for key, item in found.items()}


def filters(value: Any) -> dict[str, str | list[str] | None] | None:
    """The ``filters`` argument: each value is a string or a list of strings.

    :raises UsageArgumentError: see :func:`mapping` and :func:`texts`; or a filter is empty
    """
    found = _not_empty("filters", value, mapping("filters", value))
    return None if found is None else {name: _filter(name, item) for name, item in found.items()}


def _filter(name: str, value: Any) -> str | list[str] | None:
    argument = f"filters[{name!r}]"
    if name in _TRUTH_FILTERS:
        value = _truths(_collection(argument, value))
    return _not_empty(argument, value, texts(argument, value))


def _truths(value: Any) -> Any:
    """Booleans as LaunchDarkly writes them: ``true`` and ``false``."""
    if isinstance(value, list | tuple | set):
        return [_truths(item) for item in value]
    return str(value).strip().lower() if isinstance(value, bool) or str(value).strip() in _TRUTHS else value


def number(name: str, value: Any) -> Any:
    """An integer, even if it was rendered to a string or a float; None if it is missing or empty.

    Any other value is returned as it is, and refused by the library.
    """
    if isinstance(defined(name, value), str):
        value = _stripped(name, value) or None
        try:
            value = float(value) if value and not value.isdecimal() else value and int(value)
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def numbers(name: str, value: Any) -> Any:
    """A list of numbers, even if it or they were rendered to strings. Any other value is returned as it is."""
    found = _collection(name, defined(name, value))
    return [number(name, item) for item in found] if isinstance(found, list | tuple) else found


def seconds(name: str, value: Any) -> Any:
    """Like :func:`number`; a timedelta is returned as it is."""
    return value if isinstance(value, timedelta) else number(name, value)


def flag(name: str, value: Any) -> bool:
    """A boolean, even if it was rendered to a string, such as ``"False"``; False if it is missing or empty.

    :raises UsageArgumentError: the value is anything else
    """
    if defined(name, value) is None or value == "":
        return False
    word = _stripped(name, str(value)).lower() if isinstance(value, str | int) else ""
    if word in (*_TRUE, *_FALSE):
        return word in _TRUE
    raise UsageArgumentError(f"{name}={shown(value)} is neither true nor false.", "Give True or False.")


def defined(name: str, value: Any) -> Any:
    """The value as it is.

    :raises UsageArgumentError: it is Jinja's object for an unknown name, which native rendering lets through
    """
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        reason = getattr(value, "_undefined_message", "undefined")
        raise UsageArgumentError(
            f"{name}: its template found nothing ({cut(str(reason), MAX_SHOWN)}).",
            "Correct the name in the template, or leave the argument out.",
        )
    return value


def _not_empty(name: str, value: Any, found: _Found) -> _Found:
    if found is not None or value is None:
        return found
    if name.startswith("filters"):
        without, what = "all usage would be loaded", "filter"
    else:
        without, what = "other usage might be loaded, or stored elsewhere", "argument"
    raise UsageArgumentError(
        f"{name}={shown(value)} is empty, as a template without a value is. Without it, {without}.",
        f"Leave the {what} out if that is what you want.",
    )


def _stripped(name: str, value: str) -> str:
    if (found := value.strip()) == "None":
        raise UsageArgumentError(
            f"{name}={shown(value)}: its template rendered to nothing.",
            "Leave the argument out, let the template "
            "render to '' instead where that counts as not given, or render the DAG's templates as native objects.",
        )
    return found


def _text(name: str, value: Any) -> str:
    """A string without surrounding blanks, which may be empty."""
    if isinstance(defined(name, value), str):
        value = _stripped(name, value)
        if value not in _TRUTHS:
            return value  # type: ignore[no-any-return]
    if isinstance(value, bool | str):
        raise UsageArgumentError(
            f"{name}={shown(value)} is a boolean, and must be a string.",
            "Quote the value where it is written. If it was a string such as 'no' or 'on', YAML has "
            "converted it: it reads no, yes, off, on, false and true as booleans.",
        )
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | complex):
        raise UsageArgumentError(
            f"{name}={shown(value)} is a number, and must be a string.",
            "Quote the template where it is rendered (\"'{{ ... }}'\"), or the value where it is written. If it was a "
            "string such as '1.10', it was converted on the way: native rendering (render_template_as_native_obj) "
            "turns strings that look like numbers into numbers, and so do YAML and JSON without quotes.",
        )
    if value is None:
        raise UsageArgumentError(
            f"{name} holds None, and must be a string.", "Correct the template or the XCom: it has no value."
        )
    if isinstance(value, Iterator):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is empty after its first use, and so at the task's second try.",
            "Give a list of strings.",
        )
    if isinstance(value, bytes | bytearray | memoryview) or not isinstance(value, Mapping | Sequence | set):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is not a list.",
            "Give a list of strings: Airflow may serialize it in another order or form at each parse, which creates a "
            "new version of the DAG each time.",
        )
    raise UsageArgumentError(f"{name}={shown(value)} must be a string.", "Give one text.")


def _item(name: str, value: Any) -> str:
    """A string of a list. It may have brackets around it, but must not be a list itself."""
    nested = _read(value) if isinstance(value, str) else None
    return _text(name, value if nested is None else nested)


def _collection(name: str, value: Any) -> Any:
    """The collection that a string holds, as Python or JSON literal; any other value as it is.

    :raises UsageArgumentError: a string in brackets is neither
    """
    if not isinstance(value, str) or not (written := value.strip()) or _CLOSED_BY.get(written[0]) != written[-1]:
        return value
    if (found := _read(written)) is None:
        raise UsageArgumentError(
            f"{name}={shown(value)} looks like a list or a dict, and is neither in Python nor in JSON.",
            "Let the template end in '| tojson', or render the DAG's templates as native objects "
            "(render_template_as_native_obj). A text that has such brackets itself is given in a list.",
        )
    return found


def _read(written: str) -> list[Any] | tuple[Any, ...] | set[Any] | dict[Any, Any] | None:
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(written.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(found, list | tuple | set | dict):
            return found
    return None
