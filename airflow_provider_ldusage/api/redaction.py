"""What may be shown to a person: one place that takes secrets and unprintable characters out of foreign text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.named_secrets import without_named_secrets

_USERINFO = re.compile(r"[^ \t\r\n]+@")
_URL_USERINFO = re.compile(r"(?<=//)[^ \t\r\n]+@")  # a password may hold "/" and "@", so the last one counts
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:/+")
_WINDOW = 4096
_SHORT = 3  # what is shorter is a secret only as a word of its own, or hardly a letter would be left


class Redactor:
    """Makes text from servers, proxies and libraries fit for logs and error messages.

    Replaces the token and the proxies' credentials, also as they look quoted for a URL, JSON or HTML, what is named a
    secret, and whatever stands before an ``@``: proxies can come from the environment too, and need not be well-formed
    URLs.
    """

    def __init__(self, config: ClientConfig) -> None:
        secrets = {config.token, *_proxy_secrets((config.proxies or {}).values()), *_environment()}
        self._secret, self._longest = _pattern(secrets)

    def __call__(self, text: str, limit: int = 500) -> str:
        """One printable line of at most ``limit`` characters."""
        # A window keeps a hostile megabyte cheap; it is longer by a secret, so that its edge cannot cut one in two.
        window = text[: _WINDOW + self._longest]
        clean = without_named_secrets(_USERINFO.sub("***@", self._secret.sub("***", window)))[:_WINDOW]
        line = " ".join("".join(c if c.isprintable() else " " for c in clean).split())
        return line if len(line) <= limit else line[: limit - 3] + "..."


def without_secrets(text: str) -> str:
    """Text of a store's library without what is named a secret, what stands before an ``@`` in a URL, and the
    credentials of proxies that the environment names."""
    secret, _ = _pattern(set(_environment()))
    return without_named_secrets(_URL_USERINFO.sub("***@", secret.sub("***", text)))


def userinfo_of(url: str) -> str:
    """All between the scheme and the last ``@``, however odd; empty where there is none."""
    return _SCHEME.sub("", url.rpartition("@")[0].strip())


def _environment() -> Iterable[str]:
    from urllib.request import getproxies

    return _proxy_secrets(getproxies().values())


def _proxy_secrets(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        userinfo = userinfo_of(url)
        password = userinfo.partition(":")[2]
        basic = base64.b64encode(unquote(userinfo).encode()).decode()
        found = {userinfo, unquote(userinfo), password, unquote(password), basic}
        if re.search(r"[/?#\\\s]", userinfo):  # libraries take it apart there, and show the parts as host and port
            found.update(re.split(r"[/?#@:\\\s]+", userinfo))
        yield from found if userinfo else ()


def _pattern(secrets: set[str]) -> tuple[re.Pattern[str], int]:
    """What finds any of the secrets, and the length of the longest."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))  # a short one could cut a piece out of a long
    words = (re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)" for form in longest_first)
    return re.compile("|".join(words) or r"(?!)", re.IGNORECASE), len(longest_first[0]) if forms else 0


def _forms(secret: str) -> Iterable[str]:
    quoted = (quote(secret), quote(secret, safe=""), html.escape(secret), repr(secret)[1:-1])
    return (secret, *quoted, json.dumps(secret)[1:-1])
