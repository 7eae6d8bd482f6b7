"""Arguments as Airflow renders them: text, or native objects, from templates, XComs and ``expand``.

Templates render to text unless the DAG renders native objects; then Jinja reads whatever looks like a Python literal as
one, and the version ``1.10`` becomes the number 1.1. Each function here takes both and returns what the library takes,
or refuses with the reason. See
https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/operators.html#rendering-fields-as-native-python-objects.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.metrics import BOOLEANS, METRICS

if TYPE_CHECKING:
    import jinja2
    from airflow.providers.common.compat.sdk import Context

    _Base = Any  # an operator, whose render_template is extended
else:
    _Base = object

_Found = TypeVar("_Found")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_TRUTHS = ("True", "False")
_TRUTH_FILTERS = {item.name for metric in METRICS.values() for item in metric.filters if item.allowed == BOOLEANS}
_CLOSED_BY = {"[": "]", "(": ")", "{": "}"}


class TextStaysText(_Base):  # type: ignore[misc]
    """A mixin for operators: text that looks like a number stays text where templates render to native objects."""

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: jinja2.Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """As Airflow's own; numbers that a template found as numbers stay numbers."""
        found = super().render_template(content, context, jinja_env, seen_oids)
        if not isinstance(content, str) or not isinstance(found, (int, float, complex)):
            return found
        template = (jinja_env or self.get_template_env()).from_string(content)
        parts = list(template.root_render_func(template.new_context(dict(context))))
        return found if len(parts) == 1 and not isinstance(parts[0], str) else "".join(map(str, parts))


def text(name: str, value: Any) -> str | None:
    """One text without blanks around it; None where nothing is given. Whole numbers become their digits.

    :raises UsageArgumentError: for anything else, and for a template that found nothing
    """
    value = _collection(name, defined(name, value))
    return None if value is None else _text(name, value) or None


def texts(name: str, value: Any) -> str | list[str] | None:
    """One text or a list of them, also where the list itself was rendered to text; None where nothing is given.

    :raises UsageArgumentError: as :func:`text`, and for collections whose order changes from parse to parse
    """
    found = _collection(name, defined(name, value))
    if isinstance(found, Sequence | set) and not isinstance(found, str | bytes | bytearray | memoryview):
        return [_item(name, item) for item in (sorted(found, key=str) if isinstance(found, set) else found)]
    return None if found is None else _text(name, found) or None


def key(name: str, value: Any) -> str | None:
    """As :func:`text`, for what changes which usage is loaded, or to where: an empty text is refused, too."""
    return _not_empty(name, value, text(name, value))


def keys(name: str, value: Any) -> str | list[str] | None:
    """As :func:`texts`; an empty text is refused, too."""
    return _not_empty(name, value, texts(name, value))


def destination(value: Any) -> Any:
    """A destination as it is, text or path, unless a template found nothing."""
    if isinstance(defined("destination", value), str):
        _stripped("destination", value)
    return value


def mapping(name: str, value: Any) -> dict[str, Any] | None:
    """A dict, also where it was rendered to text; its values stay as they are. None where nothing is given.

    :raises UsageArgumentError: for anything else
    """
    found = _collection(name, defined(name, value))
    if found is None or (isinstance(found, str) and not _stripped(name, found)):
        return None
    if not isinstance(found, Mapping):
        raise UsageArgumentError(f'{name}={value!r} must be a dict, for example {{"name": "value"}}.')
    named = {_text(name, key): defined(f"{name}[{key!r}]", item) for key, item in found.items()}
    if len(named) < len(found):
        raise UsageArgumentError(f"{name}={value!r} names one thing twice.")
    return named


def choices(name: str, value: Any) -> dict[str, str] | None:
    """As :func:`mapping`, with one text for each key."""
    found = mapping(name, value)
    return None if found is None else {key: text(f"{name}[{key!r}]", item) or "" for key, item in found.items()}


def filters(value: Any) -> dict[str, str | list[str] | None] | None:
    """Filters, each with one text or a list of them."""
    found = _not_empty("filters", value, mapping("filters", value))
    return None if found is None else {name: _filter(name, item) for name, item in found.items()}


def _filter(name: str, value: Any) -> str | list[str] | None:
    argument = f"filters[{name!r}]"
    if name in _TRUTH_FILTERS:
        value = _truths(_collection(argument, value))
    return _not_empty(argument, value, texts(argument, value))


def _truths(value: Any) -> Any:
    """Truth values as LaunchDarkly writes them."""
    if isinstance(value, list | tuple | set):
        return [_truths(item) for item in value]
    return str(value).strip().lower() if isinstance(value, bool) or str(value).strip() in _TRUTHS else value


def number(name: str, value: Any) -> Any:
    """A whole number where there is one, also as text; None where nothing is given. What is none stays as it is, for
    the library to refuse."""
    if isinstance(defined(name, value), str):
        value = _stripped(name, value) or None
        try:
            value = float(value) if value and not value.isdecimal() else value and int(value)
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seconds(name: str, value: Any) -> Any:
    """As :func:`number`; a timedelta stays one."""
    return value if isinstance(value, timedelta) else number(name, value)


def flag(name: str, value: Any) -> bool:
    """True or false, also as text, all of which Python takes for true; false where nothing is given.

    :raises UsageArgumentError: for anything else
    """
    if defined(name, value) is None or value == "":
        return False
    word = _stripped(name, str(value)).lower() if isinstance(value, str | int) else ""
    if word in (*_TRUE, *_FALSE):
        return word in _TRUE
    raise UsageArgumentError(f"{name}={value!r} must be true or false.")


def defined(name: str, value: Any) -> Any:
    """The value as it is.

    :raises UsageArgumentError: for what Jinja makes of a name that it does not know; native rendering lets it through
    """
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        said = getattr(value, "_undefined_message", "undefined")
        raise UsageArgumentError(
            f"{name}: its template found nothing ({said}). Correct the name in the template, or leave the argument out."
        )
    return value


def _not_empty(name: str, value: Any, found: _Found) -> _Found:
    if found is not None or value is None:
        return found
    if name.startswith("filters"):
        without, what = "the usage of all would be loaded", "filter"
    else:
        without, what = "other usage might be loaded, or to another place", "argument"
    raise UsageArgumentError(
        f"{name}={value!r} is empty, as a template that found nothing is: without it, {without}. Leave the {what} out "
        "to have that."
    )


def _stripped(name: str, value: str) -> str:
    if (found := value.strip()) == "None":
        raise UsageArgumentError(
            f"{name}={value!r}: a template that rendered to nothing. Leave the argument out, let the template "
            "render to '' instead where that counts as not given, or render the DAG's templates as native objects."
        )
    return found


def _text(name: str, value: Any) -> str:
    """A text without blanks around it, which may be empty."""
    if isinstance(defined(name, value), str):
        value = _stripped(name, value)
        if value not in _TRUTHS:
            return value  # type: ignore[no-any-return]
    if isinstance(value, bool | str):
        raise UsageArgumentError(
            f"{name}={value!r} is a truth value, and a text is due. If it was text once, as 'no' and 'on' are, YAML "
            "has spoilt it: it makes truth values of no, yes, off, on, false and true. Quote the value where it is "
            "written."
        )
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | complex):
        raise UsageArgumentError(
            f"{name}={value!r} is a number, and a text is due. If it was text once, as '1.10' is, it was spoilt on its "
            "way: native rendering (render_template_as_native_obj) makes numbers of text that looks like them, and so "
            "do YAML and JSON without quotes. Quote the template where it is rendered (\"'{{ ... }}'\"), or the value "
            "where it is written."
        )
    if value is None:
        raise UsageArgumentError(f"{name} holds None, and a text is due: a template or an XCom that found nothing.")
    if isinstance(value, Iterator):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is empty after its first use, and so at the task's second try. Give a "
            "list of texts."
        )
    if isinstance(value, bytes | bytearray | memoryview) or not isinstance(value, Mapping | Sequence | set):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is no list, and Airflow may write it down in another order, or in "
            "another way, at each parse, which makes a new version of the DAG each time. Give a list of texts."
        )
    raise UsageArgumentError(f"{name}={value!r}: a text is due.")


def _item(name: str, value: Any) -> str:
    """A text of a list. Brackets around it are its own, unless it is a whole list itself."""
    nested = _read(value) if isinstance(value, str) else None
    return _text(name, value if nested is None else nested)


def _collection(name: str, value: Any) -> Any:
    """A collection out of its text, as Python or JSON write it; the value itself where it is no such text.

    :raises UsageArgumentError: for text in brackets that is neither
    """
    if not isinstance(value, str) or not (written := value.strip()) or _CLOSED_BY.get(written[0]) != written[-1]:
        return value
    if (found := _read(written)) is None:
        raise UsageArgumentError(
            f"{name}={value!r} looks like a list or a dict, and is neither in Python's way of writing nor in JSON. Let "
            "the template end in '| tojson', or render the DAG's templates as native objects "
            "(render_template_as_native_obj). A text that has such brackets itself is given in a list."
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
