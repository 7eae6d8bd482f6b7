"""Secrets that libraries of object stores put into errors, URLs and headers are not shown, whatever they are."""

from __future__ import annotations

import json
from string import ascii_letters, digits
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api.named_secrets import without_named_secrets
from airflow_provider_ldusage.lake.store_errors import in_a_line

NAMES = [
    "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "secretAccessKey", "SecretKey", "aws_session_token",
    "AccessKeyId",
    "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "x-amz-security-token", "Signature", "secret",
    "AccountKey", "account_key", "SharedAccessSignature", "sas_token", "sig", "connection_string", "Authorization",
    "Proxy-Authorization", "client_secret", "client_assertion", "private_key", "private_key_id", "refresh_token",
    "access_token", "id_token", "token", "assertion", "password", "passwd", "passphrase", "api_key",
    "x-ms-encryption-key", "x-goog-encryption-key", "X-Amz-Server-Side-Encryption-Customer-Key", "Cookie",
]  # fmt: skip
WAYS = {
    "{name}={value}": str,
    "{name} = {value}": str,
    "?{name}={value}&se=2026": str,
    "BlobEndpoint=http://x;{name}={value};y=z": str,
    "https%3A%2F%2Fx%3F{name}%3D{value}": lambda value: quote(value, safe=""),
    "{name}='{value}'": lambda value: repr(value)[1:-1],
    "{{'{name}': {value}}}": repr,
    "{{'{name}': b{value}}}": repr,
    '{{"{name}": {value}}}': json.dumps,
    '{{"{name}":{value}}}': json.dumps,
    "('{name}', {value})": repr,
    "(b'{name}', b{value})": repr,
    "<{name}>{value}</{name}>": escape,
}
# Base64, also that of URLs, and what Azure and Google make tokens of.
# Each begins and ends with what no text has by itself: hypothesis also tries words of the code.
MARKED = "hUnt3r{}hUnt3r".format
secrets = st.text(f"{ascii_letters}{digits}+/=_.~-", min_size=8, max_size=68).map(MARKED)
anything = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Zs", "Cc"])).map(MARKED)


@pytest.mark.parametrize("way", WAYS)
@given(st.sampled_from(NAMES), secrets)
def test_what_is_named_a_secret_is_not_shown(way: str, name: str, value: str) -> None:
    shown = WAYS[way](value)
    clean = in_a_line(f"HttpResponseError: refused ({way.format(name=name, value=shown)}) by the server")
    assert value not in clean and shown.strip("\"'") not in clean
    assert value[-8:] not in clean and value[:8] not in clean
    assert clean.startswith("HttpResponseError: refused (") and name in clean


@given(st.sampled_from(NAMES), anything)
def test_a_secret_in_quotes_may_hold_anything(name: str, value: str) -> None:
    for said in (repr({name: value}), json.dumps({name: value}), json.dumps(json.dumps({name: value})[1:-1])):
        before = f"refused: {said[: said.index(name) + len(name)]}"
        clean = without_named_secrets(f"refused: {said} (400)")
        assert clean.startswith(before) and len(clean) < len(before) + 20
        assert value not in clean and json.dumps(value)[1:-1] not in clean


@given(st.sampled_from(["Bearer", "Basic", "SharedKey account:", "AWS AKIAIOSFODNN7EXAMPLE:", "Token", ""]), secrets)
def test_an_authorization_header_is_not_shown(scheme: str, value: str) -> None:
    said = f"{scheme}{'' if scheme.endswith(':') else ' '}{value}".strip()
    for header in (f"Authorization: {said}", f"authorization={said}", repr({"Authorization": said}),
                   f"Proxy-Authorization: {said}", repr([("Authorization", said)])):  # fmt: skip
        assert value[-8:] not in in_a_line(f"refused: {header} and so on")


def test_a_signed_header_of_amazon_is_not_shown() -> None:
    signed = "AWS4-HMAC-SHA256 Credential=AKIA7/20261101/eu/s3/aws4_request, SignedHeaders=host, Signature=0f1e2d3c"
    clean = in_a_line(f"refused: Authorization: {signed} (403)")
    assert "AKIA7" not in clean and "0f1e2d3c" not in clean


@given(st.lists(st.text(f"{ascii_letters}{digits}+/", min_size=64, max_size=64), min_size=1, max_size=20))
def test_a_private_key_is_not_shown_whether_it_ends_or_not(lines: list[str]) -> None:
    key = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    for said in (f"Could not load {key} (bad)", f"Could not load {key[:-40]}", json.dumps({"private_key": key})):
        assert not [line for line in lines if line[:10] in in_a_line(said, 5000)]


@pytest.mark.parametrize(
    "token",
    ["eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "ya29.a0AfB_byC-1234567890abcdef", "1//0gdf-8hjkLMNOP"],
)
def test_tokens_are_told_by_their_looks(token: str) -> None:
    assert in_a_line(f"Token was {token} and is no good") == "Token was *** and is no good"
    assert in_a_line(f"sent Bearer {token}") == "sent Bearer ***"


@pytest.mark.parametrize("password", ["hunter2#x", "hunter2/x", "hunter2?x", "hunter2\u2100"])
def test_what_python_takes_for_a_port_or_a_host_is_not_shown(password: str) -> None:
    for attempt in (lambda url: urlsplit(url).port, lambda url: int(url.split(":")[2][:7])):
        with pytest.raises(ValueError, match="hunter2") as caught:
            attempt(f"http://joe:{password}@proxy:3128")
        assert "hunter2" not in in_a_line(str(caught.value))


def test_what_urllib3_takes_for_a_host_is_not_shown() -> None:
    from urllib3.exceptions import LocationParseError

    assert in_a_line(str(LocationParseError("'joe:hunter2' is not a valid host or port"))).startswith(
        "Failed to parse: ***"
    )


@pytest.mark.parametrize(
    "said",
    [
        "ClientError: An error occurred (ExpiredToken) when calling PutObject: The provided token has expired.",
        "NoCredentialsError: Unable to locate credentials",
        "(SignatureDoesNotMatch): The request signature we calculated does not match the signature you provided. Check",
        "('invalid_grant: Invalid JWT Signature.', {'error': 'invalid_grant'})",
        "Forbidden: https://storage.googleapis.com/storage/v1/b/x Caller does not have storage.objects.get access",
        "AuthorizationPermissionMismatch: This request is not authorized to perform this operation. RequestId:0c1-2",
        "Error refreshing token: expired",
        "Bearer authorization_uri=\"https://login.microsoftonline.com/x\"",
        "Basic authentication is not supported",
        "The specified key does not exist: key lake/x, Key='lake/x'",
        "GET https://app.launchdarkly.com/api/v2/usage/events?groupBy=projectKey&filter=projectKey=default",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_said(said: str) -> None:
    assert in_a_line(said) == said


def test_a_long_text_is_read_in_no_time() -> None:
    """Nothing that looks back over the text again and again."""
    for text in ("a" * 100_000, "secret" * 20_000, "'" * 100_000, "//" * 50_000, "\\" * 100_000, "token: " * 10_000):
        assert len(in_a_line(text)) <= 500
