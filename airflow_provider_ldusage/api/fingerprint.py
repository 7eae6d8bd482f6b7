"""Tell a connection again without keeping any of it."""

from __future__ import annotations

import hashlib

from airflow_provider_ldusage.api.config import ClientConfig

BYTES = 8
"""Of a fingerprint. A token has 15 random ones, so a hundred quadrillion tokens share each fingerprint."""
_RANDOM = "api-"
_LENGTH = len("api-00000000-0000-0000-0000-000000000000")


def fingerprint(config: ClientConfig, salt: str) -> str | None:
    """The fingerprint of a connection's base URL and token: 16 hexadecimal digits.

    It is a one-way hash. LaunchDarkly's tokens are random UUIDs, which nobody can go through to find the one that was
    hashed, and an excerpt of a hash does not tell which of many it was. A secret that people have made up could be
    guessed, so there is none for any token that is not as LaunchDarkly makes them.

    :param salt: another one makes another fingerprint, so that a connection cannot be followed from table to table
    :return: None: the token does not look like one of LaunchDarkly's
    """
    if not config.token.startswith(_RANDOM) or len(config.token) < _LENGTH:
        return None
    told = f"{salt}\0{config.base_url}\0{config.token}"
    return hashlib.blake2b(told.encode(), digest_size=BYTES).hexdigest()
