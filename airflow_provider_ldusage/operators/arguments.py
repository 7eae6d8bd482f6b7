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
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import UsageArgumentError

if TYPE_CHECKING:
    import jinja2
    from airflow.providers.common.compat.sdk import Context

    _Base = Any  # an operator, whose render_template is extended
else:
    _Base = object

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


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
    """A string without surrounding blanks; None if it is missing or empty.

    Integers become their digits, and booleans ``True`` or ``False``.

    :raises UsageArgumentError: the value has another type, or its template rendered to ``None``
    """
    if value is None:
        return None
    return _text(name, value).strip() or None


def texts(name: str, value: Any) -> str | list[str] | None:
    """A string or a list of strings, even if the list was rendered to a string; None if it is missing or empty.

    :raises UsageArgumentError: see :func:`text`; or a collection whose order changes from parse to parse
    """
    parsed = _parsed(value, (list, tuple, set))
    if parsed is None or isinstance(parsed, str):
        return text(name, parsed)
    if isinstance(parsed, Sequence | set) and not isinstance(parsed, bytes):
        return [_text(name, item) for item in (sorted(parsed, key=str) if isinstance(parsed, set) else parsed)]
    return _text(name, parsed)


def mapping(name: str, value: Any) -> dict[str, Any] | None:
    """A dict, even if it was rendered to a string; None if it is missing or empty. Its values are not converted.

    :raises UsageArgumentError: the value has another type
    """
    parsed = _parsed(value, dict)
    if parsed is None or (isinstance(parsed, str) and not parsed.strip()):
        return None
    if not isinstance(parsed, Mapping):
        raise UsageArgumentError(f'{name}={value!r} must be a dict, for example {{"name": "value"}}.')
    return {_text(name, key): item for key, item in parsed.items()}


def filters(value: Any) -> dict[str, str | list[str] | None] | None:
    """The ``filters`` argument: each value is a string or a list of strings.

    :raises UsageArgumentError: see :func:`mapping` and :func:`texts`; or a filter is empty
    """
    parsed = mapping("filters", value)
    return None if parsed is None else {key: _filter(key, item) for key, item in parsed.items()}


def _filter(name: str, value: Any) -> str | list[str] | None:
    values = texts(f"filters[{name!r}]", value)
    if values is None and value is not None:
        raise UsageArgumentError(
            f"filters[{name!r}]={value!r} is empty, as a template without a value is. Without the filter, all usage "
            "would be loaded. Leave the filter out if that is what you want."
        )
    return values


def number(name: str, value: Any) -> Any:
    """An integer, even if it was rendered to a string or a float; None if it is missing or empty.

    Any other value is returned as it is, and refused by the library.
    """
    if isinstance(value, str):
        value = _text(name, value).strip() or None
        try:
            value = float(value) if value and not value.isdecimal() else value and int(value)
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seconds(name: str, value: Any) -> Any:
    """Like :func:`number`; a timedelta is returned as it is."""
    return value if isinstance(value, timedelta) else number(name, value)


def flag(name: str, value: Any) -> bool:
    """A boolean, even if it was rendered to a string, such as ``"False"``; False if it is missing or empty.

    :raises UsageArgumentError: the value is anything else
    """
    if value is None or value == "":
        return False
    word = _text(name, value).strip().lower() if isinstance(value, str | int) else ""
    if word in (*_TRUE, *_FALSE):
        return word in _TRUE
    raise UsageArgumentError(f"{name}={value!r} must be true or false.")


def _text(name: str, value: Any) -> str:
    if value == "None":
        raise UsageArgumentError(
            f"{name}='None': its template rendered to nothing. Leave the argument out, let the template "
            "render to '' instead, or render the DAG's templates as native objects."
        )
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | complex):
        raise UsageArgumentError(
            f"{name}={value!r} is a number, and must be a string. If it was a string such as '1.10', it was converted "
            "on the way: native rendering (render_template_as_native_obj) turns strings that look like numbers into "
            "numbers, and so do YAML and JSON without quotes. Quote the template (\"'{{ ... }}'\"), or the value where "
            "it is written."
        )
    if value is None:
        raise UsageArgumentError(f"{name} holds None, and must be a string: a template or an XCom has no value.")
    if isinstance(value, bytes) or not isinstance(value, Mapping | Sequence):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is not a list, and Airflow may serialize it in another order or form at "
            "each parse, which creates a new version of the DAG each time. Give a list of strings."
        )
    raise UsageArgumentError(f"{name}={value!r} must be a string.")


def _parsed(value: Any, kinds: type | tuple[type, ...]) -> Any:
    """The collection that a string holds, as Python or JSON literal; any other value as it is."""
    if not isinstance(value, str) or not value.strip().startswith(("[", "(", "{")):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            parsed = read(value.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(parsed, kinds):
            return parsed
    return value
