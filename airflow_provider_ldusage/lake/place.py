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
from airflow_provider_ldusage.log_text import MAX_SHOWN, cut, shortened, shown
from airflow_provider_ldusage.near_misses import nearest
from airflow_provider_ldusage.visible import unseen

LOCAL = "file"
# Schemes that open the same store -> the one that names it
ALIASES = {"local": LOCAL, "s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "adl": "abfs"}
OBJECT_STORES = ("s3", "gs", "abfs")
SCHEMES = (LOCAL, "s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "adl")
EXAMPLE = 'Give for example "s3://aws_default@lake/launchdarkly" or "file:///data/launchdarkly".'
# What names a store elsewhere -> our scheme: other schemes, and the ends of the hosts of web addresses
FOREIGN = {
    "wasb": "abfs",
    "wasbs": "abfs",
    "az": "abfs",
    "azure": "abfs",
    "adls": "abfs",
    "gcsfs": "gs",
    "google": "gs",
}
HOSTS = {"amazonaws.com": "s3", "googleapis.com": "gs", "core.windows.net": "abfs"}

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
                raise refused(destination, "must be an absolute path")
            return cls._of_folder(str(destination), destination)
        return cls._of_url("", is_installed, destination)

    @classmethod
    def _of_storage_path(cls, path: Any, is_installed: Callable[[str], bool]) -> Place:
        if ALIASES.get(path.protocol, path.protocol) not in ("", LOCAL):
            return cls._of_url(str(path), is_installed)
        if not path.path.startswith("/"):
            raise refused(path, "must be an absolute path")
        if _ESCAPE.search(path.path):
            raise UsageArgumentError(
                f"destination={shown(path)} may be read in two ways.",
                f"Give the URL, or a pathlib.Path: {type(path).__name__} takes percent signs as they are, the same "
                "text as a URL would be decoded.",
            )
        folder = os.getcwd()  # noqa: PTH109 (Path.cwd() would ask the file system)
        if folder != "/" and path.path.startswith(f"{folder}/"):
            raise UsageArgumentError(
                f"destination={shown(path)} may have been meant from the task's own folder, or not.",
                f"Give the URL with three slashes, or a pathlib.Path: {type(path).__name__} reads 'file://data' so.",
            )
        return cls._of_folder(path.path, path, getattr(path, "conn_id", None) or "")

    @classmethod
    def _of_folder(cls, path: str, said: Any, conn_id: str = "") -> Place:
        if not (cleaned := _clean(path, said)):
            raise refused(said, "must name a folder")
        return cls(LOCAL, "", cleaned, conn_id)

    @classmethod
    def _of_url(cls, text: str, is_installed: Callable[[str], bool], said: Any = None) -> Place:
        said = _shown(text) if said is None else said
        _check_credentials(text)
        parts = _split(text, said, is_installed)
        scheme = ALIASES.get(parts.scheme, parts.scheme)
        conn_id, _, bucket = parts.netloc.rpartition("@")
        if "?" in text or "#" in text:
            escapes = "In the name of a folder, write %3F and %23." if scheme == LOCAL else ""
            raise refused(said, "must not hold '?' or '#'", escapes)
        _check_seen(text, said)
        if scheme == LOCAL:
            return cls._of_folder(_decoded(parts, bucket, said), said, conn_id)
        if not bucket:
            raise refused(said, "names no bucket or container", _with_connection(scheme, parts.path))
        if escape := _ESCAPE.search(bucket + parts.path):
            raise UsageArgumentError(
                f"destination={shown(said)} holds {escape[0]!r}.",
                "Write the name without percent-encoding: object stores take it as it is, so that this would be "
                f"another place than the one with {unquote(escape[0])!r}.",
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


def refused(said: Any, problem: str, remedy: str = "", *more: str) -> UsageArgumentError:
    """The error for a destination, with an example of a good one.

    :param problem: completes "The destination ..."
    :param remedy: what to do, before the example
    :param more: what else there is to say, behind it
    """
    whole = repr(said)
    return UsageArgumentError(
        f"destination={shown(said)} {problem}.",
        " ".join(filter(None, (remedy, EXAMPLE, *more))),
        about=f"destination={whole}" if len(whole) > MAX_SHOWN else "",
    )


def _meant(text: str, parts: SplitResult) -> str:
    """The URL that was probably meant by a text that is none of ours."""
    if re.search("[?#;]", text):  # a signature or an account's key may follow
        return ""
    if text[:1] == "/" and text[:2] != "//":
        return _did_you_mean(Place(LOCAL, "", text.strip("/")).uri)
    ends = (scheme for host, scheme in HOSTS.items() if (parts.hostname or "").endswith(host))
    if parts.scheme in ("http", "https"):
        return _with_connection(next(ends, ""), "")
    scheme = FOREIGN.get(parts.scheme) or nearest(parts.scheme, SCHEMES)
    if scheme == LOCAL:
        return _did_you_mean(_url(LOCAL, f"/{parts.netloc}/{parts.path}"))
    return _did_you_mean(_url(scheme, parts.netloc + parts.path)) if scheme else ""


def _with_connection(scheme: str, path: str) -> str:
    rest = f"<connection>@{path.strip('/') or '<bucket>/<folder>'}"
    return _did_you_mean(_url(scheme, rest)) if scheme else ""


def _url(scheme: str, rest: str) -> str:
    return f"{scheme}://{re.sub('/+', '/', rest)}"


def _did_you_mean(url: str) -> str:
    return f"Did you mean {shown(url)}?"


def _check_credentials(text: str) -> None:
    """Must be the first check, since other messages repeat the URL. A secret may hold slashes, so this inspects all
    before the last ``@``, not only a URL's user information."""
    rest = text.partition("://")[2] or text
    if ":" in unquote(rest.rpartition("@")[0]):
        raise UsageArgumentError(
            "The destination has a ':' before an '@', as credentials have.", f"They belong in a connection. {EXAMPLE}"
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
            f"The destination's storage_options ({shortened(', '.join(names), MAX_SHOWN)}) would not be used.",
            f"They belong in an Airflow connection, which is named before an '@'. {EXAMPLE}",
        )


def _check_seen(text: str, said: Any) -> None:
    if found := unseen(text):
        raise refused(said, f"must not hold unprintable or invisible characters, as {found} is", "Remove it.")


def _shown(text: str) -> str:
    """Return a destination for messages: what follows ``?``, ``#`` or ``;`` may be a signature or an account's key."""
    kept = re.split("[?#;]", text, maxsplit=1)[0]
    return kept if kept == text else f"{kept}{text[len(kept)]}..."


def _split(text: str, said: Any, is_installed: Callable[[str], bool]) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise refused(said, f"is no URL ({cut(str(error), MAX_SHOWN)})") from None
    scheme = ALIASES.get(parts.scheme, parts.scheme)
    if not scheme or (scheme not in (LOCAL, *OBJECT_STORES) and not is_installed(scheme)):
        raise refused(said, "is no object storage URL", _meant(text, parts), f"Schemes: {', '.join(SCHEMES)}.")
    return parts


def _decoded(parts: SplitResult, host: str, said: Any) -> str:
    """Return the path of a ``file:`` URL (RFC 8089)."""
    if host.lower() not in ("", "localhost") or not parts.path.startswith("/"):
        raise refused(
            said, "must be an absolute path with three slashes", _did_you_mean(_url(LOCAL, f"/{host}/{parts.path}")),
            "After two slashes stands a host.",
        )  # fmt: skip
    if _NO_ESCAPE.search(parts.path):
        raise refused(said, "has a percent sign that encodes nothing", "Write '%25' for it in a file: URL.")
    if "%2f" in parts.path.lower():
        raise refused(said, "has an encoded slash (%2F): no folder's name may hold one")
    try:
        return unquote(parts.path, errors="strict")
    except UnicodeDecodeError:
        raise refused(said, "is not UTF-8 once it is decoded") from None


def _clean(path: str, said: Any) -> str:
    """Return a path without empty names and dots."""
    return "/".join(_checked(name, said) for name in path.split("/") if name not in ("", "."))


def _checked(name: str, said: Any) -> str:
    """Return the name of a folder or bucket if no other name looks the same."""
    if name == ".." or "\\" in name:
        raise refused(said, "must not hold '..' or backslashes")
    _check_seen(name, said)
    if name != name.strip():
        raise UsageArgumentError(
            f"destination={shown(said)} has a space at the beginning or end of {shown(name)}.", "Remove it."
        )
    if not unicodedata.is_normalized("NFC", name):
        composed = unicodedata.normalize("NFC", name)
        raise UsageArgumentError(
            f"destination={shown(said)} holds a name that is not in the composed form (NFC).",
            f"Write {composed!a} for {name!a}, which looks the same and is another name to the store.",
        )
    return name
