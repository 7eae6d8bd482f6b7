"""Arguments as Airflow renders them: text, or native objects, from templates, XComs and ``expand``.

Templates render to text unless the DAG renders native objects; then Jinja reads whatever looks like a Python literal as
one, and the version ``1.10`` becomes the number 1.1. Each function here takes both and returns what the library takes,
or refuses with the reason. See
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
    """One text without blanks around it; None where nothing is given. Whole numbers become their digits, and
    truth values ``True`` and ``False``.

    :raises UsageArgumentError: for anything else, and for a template that found nothing
    """
    if value is None:
        return None
    return _text(name, value).strip() or None


def texts(name: str, value: Any) -> str | list[str] | None:
    """One text or a list of them, also where the list itself was rendered to text; None where nothing is given.

    :raises UsageArgumentError: as :func:`text`, and for collections whose order changes from parse to parse
    """
    found = _parsed(value, (list, tuple, set))
    if found is None or isinstance(found, str):
        return text(name, found)
    if isinstance(found, Sequence | set) and not isinstance(found, bytes):
        return [_text(name, item) for item in (sorted(found, key=str) if isinstance(found, set) else found)]
    return _text(name, found)


def mapping(name: str, value: Any) -> dict[str, Any] | None:
    """A dict, also where it was rendered to text; its values stay as they are. None where nothing is given.

    :raises UsageArgumentError: for anything else
    """
    found = _parsed(value, dict)
    if found is None or (isinstance(found, str) and not found.strip()):
        return None
    if not isinstance(found, Mapping):
        raise UsageArgumentError(f'{name}={value!r} must be a dict, for example {{"name": "value"}}.')
    return {_text(name, key): item for key, item in found.items()}


def filters(value: Any) -> dict[str, str | list[str] | None] | None:
    """Filters, each with one text or a list of them."""
    found = mapping("filters", value)
    return None if found is None else {key: _filter(key, item) for key, item in found.items()}


def _filter(name: str, value: Any) -> str | list[str] | None:
    found = texts(f"filters[{name!r}]", value)
    if found is None and value is not None:
        raise UsageArgumentError(
            f"filters[{name!r}]={value!r} is empty, as a template that found nothing is: without it, the usage of all "
            "would be loaded. Leave the filter out to have that."
        )
    return found


def number(name: str, value: Any) -> Any:
    """A whole number where there is one, also as text; None where nothing is given. What is none stays as it is, for
    the library to refuse."""
    if isinstance(value, str):
        value = _text(name, value).strip() or None
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
    if value is None or value == "":
        return False
    word = _text(name, value).strip().lower() if isinstance(value, str | int) else ""
    if word in (*_TRUE, *_FALSE):
        return word in _TRUE
    raise UsageArgumentError(f"{name}={value!r} must be true or false.")


def _text(name: str, value: Any) -> str:
    if value == "None":
        raise UsageArgumentError(
            f"{name}='None': a template that rendered to nothing. Leave the argument out, let the template "
            "render to '' instead, or render the DAG's templates as native objects."
        )
    if isinstance(value, str):
        return value
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
    if isinstance(value, bytes) or not isinstance(value, Mapping | Sequence):
        raise UsageArgumentError(
            f"{name}: a {type(value).__name__} is no list, and Airflow may write it down in another order, or in "
            "another way, at each parse, which makes a new version of the DAG each time. Give a list of texts."
        )
    raise UsageArgumentError(f"{name}={value!r}: a text is due.")


def _parsed(value: Any, kinds: type | tuple[type, ...]) -> Any:
    """A collection out of its text, as Python or JSON write it; the value itself where it is no such text."""
    if not isinstance(value, str) or not value.strip().startswith(("[", "(", "{")):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(found, kinds):
            return found
    return value
