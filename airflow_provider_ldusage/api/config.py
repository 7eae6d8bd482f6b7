"""The configuration in an Airflow connection, checked once and then frozen.

For the access token and the URLs of the instances see "Authentication" and "Federal and EU instances" in
https://launchdarkly.com/docs/api.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_ldusage.exceptions import ConnectionConfigError
from airflow_provider_ldusage.near_misses import did_you_mean

log = logging.getLogger(__package__)

INSTANCES: Mapping[str, str] = {
    "commercial": "https://app.launchdarkly.com",
    "eu": "https://app.eu.launchdarkly.com",
    "federal": "https://app.launchdarkly.us",
}
EXTRAS = ("instance", "timeout", "verify", "proxies", "max_wait", "max_in_flight", "max_answer_mb", "time_units")
TIME_UNITS = ("ms", "s")
MAX_IN_FLIGHT = 64

_TRUE, _FALSE = ("true", "yes", "on", "1", "t", "y"), ("false", "no", "off", "0", "f", "n")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?")
_PASTED_KEY = re.compile(r"(api|sdk|mob)-[0-9a-f-]+")
_TOKEN_FIELD = "Access token (password)"


@dataclass(frozen=True, repr=False)
class ClientConfig:
    """The configuration of a :class:`~airflow_provider_ldusage.api.client.UsageClient`.

    :param token: the access token, sent as it is in ``Authorization``; ``repr`` never shows it
    :param base_url: scheme, host and port, without a trailing slash: ``https://app.launchdarkly.com``
    :param timeout: seconds without a byte after which a response counts as broken
    :param verify: whether to verify the server's certificate, or the path of a CA bundle to verify it with
    :param proxies: as in ``requests``: ``{"https": "http://proxy:3128"}``; None: those of the environment
    :param max_wait: maximum seconds that one client waits for rate limits, in all
    :param max_in_flight: maximum number of requests that one client has in flight; 1: one after the other
    :param time_units: metric name -> unit of ``from`` and ``to``, ``"ms"`` or ``"s"``, if the documented one is wrong
    :param connect_timeout: seconds to wait for a connection
    :param max_read: maximum seconds for the body of one response
    :param max_body_bytes: maximum size of one response's body, decompressed
    """

    token: str
    base_url: str = INSTANCES["commercial"]
    timeout: float = 60.0
    verify: bool | str = True
    proxies: Mapping[str, str] | None = None
    max_wait: float = 300.0
    max_in_flight: int = 8
    time_units: Mapping[str, str] = field(default_factory=dict)
    connect_timeout: float = 10.0
    max_read: float = 600.0
    max_body_bytes: int = 512 * 1024 * 1024

    @property
    def host(self) -> str:
        """Host name of the instance, without port."""
        return urlsplit(self.base_url).hostname or ""

    def __repr__(self) -> str:
        # Proxy URLs may hold passwords, so only their schemes are shown.
        return (
            f"ClientConfig(token='***', base_url={self.base_url!r}, timeout={self.timeout}, verify={self.verify!r}, "
            f"proxies={None if self.proxies is None else sorted(self.proxies)}, max_wait={self.max_wait}, "
            f"max_in_flight={self.max_in_flight}, time_units={dict(self.time_units)})"
        )


def config_from_connection(
    host: str | None,
    password: str | None,
    extra: Mapping[str, Any] | None,
    *,
    schema: str | None = None,
    port: int | str | None = None,
) -> ClientConfig:
    """Check the fields of an Airflow connection.

    Values of ``extra`` may be strings, as in connections that are written as a URI. Unknown keys are ignored with a
    warning in the log.

    :param host: empty, a host name, or a base URL, whose scheme and port win over ``schema`` and ``port``
    :param password: the access token
    :param extra: any of ``instance``, ``timeout`` (s), ``verify``, ``proxies``, ``max_wait`` (s), ``max_in_flight``,
        ``max_answer_mb``, ``time_units``
    :param schema: ``http`` or ``https``, if Airflow has split a URI
    :param port: port number, if Airflow has split a URI
    :raises ConnectionConfigError: names the invalid field as the connection form does, and never shows the token
    """
    extra = _known(extra or {})
    return ClientConfig(
        token=_token(password),
        base_url=_base_url((host or "").strip(), (schema or "").strip().lower(), port) or _instance(extra),
        timeout=_seconds(extra, "timeout", 60.0, at_least=0.001),
        verify=_verify(extra.get("verify", True)),
        proxies=_mapping(extra, "proxies", '{"https": "http://proxy.example:3128"}'),
        max_wait=_seconds(extra, "max_wait", 300.0, at_least=0.0),
        max_in_flight=_whole(extra, "max_in_flight", 8, "requests", 1, MAX_IN_FLIGHT),
        max_body_bytes=int(_number(extra, "max_answer_mb", 512.0, "megabytes", 1, 4096) * 1024 * 1024),
        time_units=_time_units(extra),
    )


def _known(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What has a value; of other keys than the known ones, the log has a warning."""
    extra = {key: value for key, value in extra.items() if value is not None and value != ""}
    unknown = sorted(str(key)[:50] for key in extra if key not in EXTRAS)
    if unknown:
        log.warning(
            "LaunchDarkly connection: unknown keys in Extra are ignored: %s. %sKnown keys: %s",
            unknown,
            did_you_mean(unknown[0], EXTRAS),
            list(EXTRAS),
        )
    return extra


def _token(password: str | None) -> str:
    """The token, without the newline, blanks and byte order mark that files and secrets backends add.

    Most invalid tokens can be recognized here, before a request fails with 401.
    """

    def refuse(reason: str) -> ConnectionConfigError:
        return ConnectionConfigError(
            f"{_TOKEN_FIELD} of the LaunchDarkly connection {reason}.",
            "Create an access token with the Reader role "
            "under Organization settings > Authorization in LaunchDarkly and paste it there unchanged.",
        )

    token = (password or "").strip().strip("\ufeff").strip()
    if not token:
        raise refuse("is empty")
    if token.lower().startswith("bearer"):
        raise refuse('starts with "Bearer": LaunchDarkly takes the token alone')
    if token.lower().startswith(("sdk-", "mob-")):
        raise refuse("holds an SDK key or mobile key, which the REST API refuses")
    if not all("!" <= character <= "~" for character in token):
        raise refuse("holds whitespace within it, a control character or a non-ASCII character")
    return token


def _base_url(host: str, schema: str, port: int | str | None) -> str:
    """``scheme://host[:port]``; empty if there is no host."""
    if schema not in ("", "http", "https"):
        raise ConnectionConfigError(
            "Schema of the LaunchDarkly connection is not a scheme that LaunchDarkly has.",
            "It must be empty, http or https; a base URL has no path.",
        )
    if not host:
        return ""
    scheme, authority = _scheme_and_authority(host, schema)
    try:
        parts = urlsplit(f"{scheme}://{authority}")
        name, stated = parts.hostname or "", parts.port
        number = stated if stated is not None else int(port) if port else None
    except ValueError:
        raise _refused_host("is not a base URL, or its port is not a number from 1 to 65535") from None
    if number is not None and not 0 < number < 65536:
        raise _refused_host("has a port that is not a number from 1 to 65535")
    if _PASTED_KEY.fullmatch(name):
        raise _refused_host(f"looks like a key or token; that belongs into {_TOKEN_FIELD}")
    if not (_is_ipv6(name) or _HOST_NAME.fullmatch(name)):
        raise _refused_host("is not a host name")
    if scheme == "http" and not _is_loopback(name):
        raise _refused_host(f"asks for plain http to {name}, which would show the token to the network; use https")
    shown = f"[{name}]" if ":" in name else name
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{shown}" + ("" if number in (None, default) else f":{number}")


def _scheme_and_authority(host: str, schema: str) -> tuple[str, str]:
    """The two parts of a host or base URL, which has no other part."""
    # urlsplit silently drops tabs and newlines, so they are checked first.
    if any(character <= " " or character in '\\"<>' or not character.isascii() for character in host):
        raise _refused_host("holds whitespace or a character that is not allowed in a base URL")
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = schema or "https", host
    scheme, authority = scheme.lower(), rest.rstrip("/")
    if "@" in authority:
        raise _refused_host("holds a user or password; the token belongs into the password field")
    if any(character in rest for character in "?#") or "/" in authority:
        raise _refused_host("holds a path, query or fragment; only scheme, host and port belong there")
    if authority.count(":") > 1 and not authority.startswith("["):
        authority = f"[{authority}]"  # Airflow's URI parser removes the brackets of an IPv6 address
    if scheme not in ("http", "https"):
        raise _refused_host("must start with https://")
    return scheme, authority


def _is_ipv6(name: str) -> bool:
    try:
        return ":" in name and "%" not in name and ipaddress.IPv6Address(name) is not None
    except ValueError:
        return False


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _instance(extra: Mapping[str, Any]) -> str:
    name = str(extra.get("instance", "commercial")).strip().lower()
    if name not in INSTANCES:
        raise _refused_extra("instance", f"{did_you_mean(name, INSTANCES)}It must be one of {', '.join(INSTANCES)}.")
    return INSTANCES[name]


def _seconds(extra: Mapping[str, Any], key: str, default: float, *, at_least: float) -> float:
    return _number(extra, key, default, "seconds", at_least, 86_400)


def _number(extra: Mapping[str, Any], key: str, default: float, of: str, at_least: float, at_most: float) -> float:
    value = extra.get(key, default)
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not at_least <= number <= at_most:
        raise _refused_extra(key, f"It must be a number of {of}, {at_least:g} to {at_most:g}.")
    return number


def _whole(extra: Mapping[str, Any], key: str, default: int, of: str, at_least: int, at_most: int) -> int:
    number = _number(extra, key, default, of, at_least, at_most)
    if not number.is_integer():
        raise _refused_extra(key, f"It must be a whole number of {of}, {at_least} to {at_most}.")
    return int(number)


def _verify(value: Any) -> bool | str:
    if isinstance(value, (bool, int)):
        return bool(value)
    if not isinstance(value, str):
        raise _refused_extra("verify", "It must be true, false, or the path of a CA bundle.")
    word = value.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else value.strip()


def _mapping(extra: Mapping[str, Any], key: str, example: str) -> dict[str, str] | None:
    value = extra.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = "not JSON"
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(v, str) and isinstance(k, str) for k, v in value.items()):
        raise _refused_extra(
            key, f"It must be a JSON object of strings, such as {example}."
        )  # the value may hold a password
    return {name.strip(): text.strip() for name, text in value.items()} or None


def _time_units(extra: Mapping[str, Any]) -> dict[str, str]:
    units = _mapping(extra, "time_units", '{"serverside_contexts": "ms"}') or {}
    if not set(units.values()) <= set(TIME_UNITS):
        raise _refused_extra("time_units", 'It must give "ms" or "s" for each metric.')
    return units


def _refused_host(reason: str) -> ConnectionConfigError:
    return ConnectionConfigError(
        f"Host of the LaunchDarkly connection {reason}.",
        f"Leave it empty and set instance in Extra to one of "
        f"{', '.join(INSTANCES)}, or give a base URL such as {INSTANCES['commercial']}.",
    )


def _refused_extra(key: str, remedy: str) -> ConnectionConfigError:
    return ConnectionConfigError(
        f"{key} in Extra of the LaunchDarkly connection has a value that is not allowed.", remedy
    )
