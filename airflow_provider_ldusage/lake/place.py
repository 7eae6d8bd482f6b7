"""A destination as people write it, and the one name of its place.

    file:///data//lake/   FILE:/data/./lake   file://localhost/data/lake   Path("/data/lake")   -> file:///data/lake
    s3://aws@lake//usage  S3A://aws@lake/usage/                                                 -> s3://lake/usage

Spellings that a person takes for the same place become one :class:`Place`, or are refused with the reason. Two names of
one place would be two lakes, each with half of the days.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.visible import unseen

LOCAL = "file"
# Schemes that open the same store -> the one that names it
ALIASES = {"local": LOCAL, "s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "adl": "abfs"}
OBJECT_STORES = ("s3", "gs", "abfs")
EXAMPLE = 'for example "s3://aws_default@lake/launchdarkly" or "file:///data/launchdarkly"'

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Place:
    """Where a lake lives.

    :param scheme: in lower case, the same for all schemes that open the same store
    :param bucket: bucket, container or host; empty on local disk
    :param path: names between single slashes, such as ``launchdarkly/prod``; not escaped, without ``.`` and ``..``
    :param conn_id: the Airflow connection that opens it, or empty; not part of the name
    """

    scheme: str
    bucket: str
    path: str
    conn_id: str = ""

    @classmethod
    def of(cls, destination: Any, is_installed: Callable[[str], bool]) -> Place:
        """Parse a destination.

        :param destination: a URL, an absolute ``pathlib`` path, an ``ObjectStoragePath`` or another ``UPath``. The path
            of a ``file:`` URL is percent-encoded, as ``Path.as_uri()`` gives it; that of an object store is taken as it
            is, and so are paths that are objects.
        :param is_installed: whether there is a filesystem for a scheme
        :raises UsageArgumentError: not a URL of such a scheme, or ambiguous
        """
        if isinstance(destination, str):
            return cls._of_url(destination.strip(), is_installed)
        protocol = getattr(destination, "protocol", None)
        if isinstance(protocol, str):  # UPath, which ObjectStoragePath is too
            _check_options(destination)
            if protocol or not isinstance(destination, PurePath):
                return cls._of_storage_path(destination, is_installed)
        if isinstance(destination, PurePath):
            if not destination.is_absolute():
                raise UsageArgumentError(f"destination={destination!r} must be an absolute path; {EXAMPLE}.")
            return cls._of_folder(str(destination), destination)
        return cls._of_url("", is_installed, destination)

    @classmethod
    def _of_storage_path(cls, path: Any, is_installed: Callable[[str], bool]) -> Place:
        if ALIASES.get(path.protocol, path.protocol) not in ("", LOCAL):
            return cls._of_url(str(path), is_installed)
        if not path.path.startswith("/"):
            raise UsageArgumentError(f"destination={path!r} must be an absolute path; {EXAMPLE}.")
        if _ESCAPE.search(path.path):
            raise UsageArgumentError(
                f"destination={path!r} may be read in two ways: {type(path).__name__} takes percent signs as they are, "
                "the same text as a URL would be decoded. Give the URL, or a pathlib.Path."
            )
        folder = os.getcwd()  # noqa: PTH109 (Path.cwd() would ask the file system)
        if folder != "/" and path.path.startswith(f"{folder}/"):
            raise UsageArgumentError(
                f"destination={path!r} may have been meant from the task's own folder, or not: "
                f"{type(path).__name__} reads 'file://data' so. Give the URL with three slashes, or a pathlib.Path."
            )
        return cls._of_folder(path.path, path, getattr(path, "conn_id", None) or "")

    @classmethod
    def _of_folder(cls, path: str, said: Any, conn_id: str = "") -> Place:
        if not (cleaned := _clean(path, said)):
            raise UsageArgumentError(f"destination={said!r} must name a folder; {EXAMPLE}.")
        return cls(LOCAL, "", cleaned, conn_id)

    @classmethod
    def _of_url(cls, text: str, is_installed: Callable[[str], bool], said: Any = None) -> Place:
        said = _shown(text) if said is None else said
        _check_credentials(text)
        parts = _split(text, said, is_installed)
        scheme = ALIASES.get(parts.scheme, parts.scheme)
        conn_id, _, bucket = parts.netloc.rpartition("@")
        if "?" in text or "#" in text:
            escapes = " (in the name of a folder: %3F, %23)" if scheme == LOCAL else ""
            raise UsageArgumentError(f"destination={said!r} must not hold '?' or '#'{escapes}; {EXAMPLE}.")
        _check_seen(text, said)
        if scheme == LOCAL:
            return cls._of_folder(_decoded(parts, bucket, said), said, conn_id)
        if not bucket:
            raise UsageArgumentError(f"destination={said!r} names no bucket or container; {EXAMPLE}.")
        if escape := _ESCAPE.search(bucket + parts.path):
            raise UsageArgumentError(
                f"destination={said!r}: object stores take {escape[0]!r} as it is, so that this would be another place "
                f"than the one with {unquote(escape[0])!r}. Write the name without percent-encoding; {EXAMPLE}."
            )
        return cls(scheme, _checked(bucket, said), _clean(parts.path, said), conn_id)

    @property
    def is_local(self) -> bool:
        return self.scheme == LOCAL

    @property
    def uri(self) -> str:
        """The name for people and for assets, the same for every spelling. As a destination, it means the same place,
        without the connection."""
        path = self.path
        if self.is_local:
            for character in "%?#:@":
                path = path.replace(character, f"%{ord(character):02X}")
        return f"{self.scheme}://{self.bucket}/{path}".removesuffix("/")


def _check_credentials(text: str) -> None:
    """Must be the first check, since other messages repeat the URL. A secret may hold slashes, so this inspects all
    before the last ``@``, not only a URL's user information."""
    rest = text.partition("://")[2] or text
    if ":" in unquote(rest.rpartition("@")[0]):
        raise UsageArgumentError(
            f"The destination has a ':' before an '@', as credentials have: they belong in a connection; {EXAMPLE}."
        )


def _check_options(path: Any) -> None:
    """Refuse options that an fsspec path was given beside its URL. Those of the URL itself are parsed later."""
    parts = urlsplit(str(path)).netloc.replace("@", ":").split(":")
    ours = {"conn_id"} if hasattr(path, "conn_id") else set()
    options = dict(getattr(path, "storage_options", None) or {})  # a path that Airflow has rendered has None in it
    names = [
        name for name, value in options.items() if value is not None and name not in ours and str(value) not in parts
    ]
    if names:
        raise UsageArgumentError(
            f"The destination's storage_options ({', '.join(names)}) would not be used. They belong in an Airflow "
            f"connection, which is named before an '@'; {EXAMPLE}."
        )


def _check_seen(text: str, said: Any) -> None:
    if found := unseen(text):
        raise UsageArgumentError(
            f"destination={said!r} must not hold unprintable or invisible characters, as {found} is; {EXAMPLE}."
        )


def _shown(text: str) -> str:
    """Return a destination for messages: what follows ``?``, ``#`` or ``;`` may be a signature or an account's key."""
    kept = re.split("[?#;]", text, maxsplit=1)[0]
    return kept if kept == text else f"{kept}{text[len(kept)]}..."


def _split(text: str, said: Any, is_installed: Callable[[str], bool]) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageArgumentError(f"destination={said!r} is no URL ({error}); {EXAMPLE}.") from None
    scheme = ALIASES.get(parts.scheme, parts.scheme)
    if not scheme or (scheme not in (LOCAL, *OBJECT_STORES) and not is_installed(scheme)):
        schemes = ", ".join((LOCAL, "s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "adl"))
        hint = f" A path is written as a URL: {Place(LOCAL, '', text.strip('/')).uri!r}." if text[:1] == "/" else ""
        raise UsageArgumentError(f"destination={said!r} is no object storage URL; {EXAMPLE}. Schemes: {schemes}.{hint}")
    return parts


def _decoded(parts: SplitResult, host: str, said: Any) -> str:
    """Return the path of a ``file:`` URL (RFC 8089)."""
    if host.lower() not in ("", "localhost") or not parts.path.startswith("/"):
        raise UsageArgumentError(
            f"destination={said!r} must be an absolute path with three slashes (after two stands a host); {EXAMPLE}."
        )
    if _NO_ESCAPE.search(parts.path):
        raise UsageArgumentError(f"destination={said!r}: write '%25' for a percent sign in a file: URL; {EXAMPLE}.")
    if "%2f" in parts.path.lower():
        raise UsageArgumentError(f"destination={said!r}: no folder's name may hold a slash (%2F); {EXAMPLE}.")
    try:
        return unquote(parts.path, errors="strict")
    except UnicodeDecodeError:
        raise UsageArgumentError(f"destination={said!r} is not UTF-8 once it is decoded; {EXAMPLE}.") from None


def _clean(path: str, said: Any) -> str:
    """Return a path without empty names and dots."""
    return "/".join(_checked(name, said) for name in path.split("/") if name not in ("", "."))


def _checked(name: str, said: Any) -> str:
    """Return the name of a folder or bucket if no other name looks the same."""
    if name == ".." or "\\" in name:
        raise UsageArgumentError(f"destination={said!r} must not hold '..' or backslashes; {EXAMPLE}.")
    _check_seen(name, said)
    if name != name.strip():
        raise UsageArgumentError(f"destination={said!r} has a space at the beginning or end of {name!r}: remove it.")
    if not unicodedata.is_normalized("NFC", name):
        composed = unicodedata.normalize("NFC", name)
        raise UsageArgumentError(
            f"destination={said!r}: {name!a} looks the same as {composed!a} and is another name to the store. Write "
            "the second, the composed form (NFC)."
        )
    return name
