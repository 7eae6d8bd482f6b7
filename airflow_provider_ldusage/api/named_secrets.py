r"""Recognizes secrets by the name before them, or by their form, in the messages of libraries.

    aws_secret_access_key=...  'AccountKey': '...'  {\"client_secret\": \"...\"}  ?sv=2024&sig=...  X-Amz-Signature=...
    Authorization: Bearer ...  <AWSAccessKeyId>...  -----BEGIN PRIVATE KEY-----...

The names are those of botocore, gcsfs and google-auth, adlfs and azure-storage, aiohttp and requests. In
doubt a word is replaced: losing a word of a message is cheaper than changing a key.
"""

from __future__ import annotations

import re

# Names whose value is always a secret.
_SURE = r"""
    secret[-_ ]?(?:access[-_ ]?)?key | client[-_ ]?secret | shared[-_]?access[-_]?signature
  | (?:access|account|private|shared|storage|api|encryption|customer)[-_ ]?key(?:[-_ ]?(?:id|data|pem))?
  | (?:access|refresh|id|session|security|sas|auth|bearer)[-_]?token
  | pass(?:word|wd|phrase|code) | pwd | connection[-_ ]?string | client[-_ ]?assertion | string[-_]?to[-_]?sign
"""
_WORD = r"(?:(?<![a-z])|(?<=%3f)|(?<=%26))"  # %3F and %26: ? and & of a URL within a URL
# Names that are also ordinary words: after a bare colon, the value must look like a secret ("token: expired").
_MAYBE = rf"token | secret | {_WORD}sig | signature(?:provided)? | credentials? | assertion | {_WORD}jwt | cookie"
_SCHEMES = r"(?:bearer|basic|digest|negotiate|token|sharedkey(?:lite)?|aws[\w-]*|goog[\w-]*)"

_QUOTE = r"\\*[\"']"
_IN_QUOTES = r"b?(?:(?P<q>[\"'])(?:\\.|(?!(?P=q))[^\\])*|(?P<e>\\+[\"'])(?:(?!(?<!\\)(?P=e)).)*)"
_BARE = r"[^\s&;\"'<>]+"
_SIGN = rf"(?:{_QUOTE})?\s*(?:=|%3D|:|,(?=\s*b?{_QUOTE}))\s*|>"
_LOOKS_SECRET = r"(?=\S*\d\S*)\S{8}|\S{24}"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE | re.DOTALL)


def _named(names: str, signs: str, value: str) -> re.Pattern[str]:
    return _compiled(rf"(?P<kept>(?:{names})(?:{signs})){value}")


_PATTERNS = (
    _compiled(r"(?P<kept>-----BEGIN\ [A-Z ]*PRIVATE\ KEY-----).*?(?=-----END|$)"),
    _named("authorization", _SIGN, rf"(?:{_IN_QUOTES}|(?:{_SCHEMES}\s+)?{_BARE})"),
    _named(_SURE, _SIGN, rf"(?:{_IN_QUOTES}|{_BARE})"),
    _named(_MAYBE, _SIGN, _IN_QUOTES),
    _named(_MAYBE, rf"(?:{_QUOTE})?\s*(?:=|%3D)\s*|>|{_QUOTE}\s*:\s*", _BARE),
    _named(_MAYBE, r"\s*:\s*", rf"(?={_LOOKS_SECRET}){_BARE}"),
    _named(r"(?<=[?&])key", "=", _BARE),
    # A password with "/" or "#" in a URL, which Python parsed as port or host.
    _compiled(
        rf"(?P<kept>(?:integer\ value\ as|with\ base\ 10:|invalid\ port:?|netloc|failed\ to\ parse:)\s*){_IN_QUOTES}"
    ),
    _compiled(r"(?P<kept>\bbearer\s+)(?=\S*\d|\S{16})[\w.~+/-]{8,}=*(?![\w.~+/=\"-])"),
    _compiled(r"(?P<kept>\bbasic\s+)(?:(?=\S*[\d=+/])[A-Z0-9+/]{8,}|[A-Z0-9+/]{16,})=*"),
    _compiled(r"(?P<kept>\b(?:sharedkey(?:lite)?|aws|goog1)\s+)[\w-]+:[\w+/=]{8,}"),
    _compiled(r"(?P<kept>\b)(?:eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|ya29\.[\w.-]+|1//0[\w-]{8,}|AIza[\w-]{30,})"),
)


def without_named_secrets(text: str) -> str:
    """The text with ``***`` in place of such secrets. Their names stay."""
    for pattern in _PATTERNS:
        text = pattern.sub(r"\g<kept>***", text)
    return text
