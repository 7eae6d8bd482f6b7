from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_ldusage.api.config import ClientConfig, config_from_connection
from airflow_provider_ldusage.exceptions import ConnectionConfigError

TOKEN = "api-5ec2e7e5-0000-4000-8000-00000000c0de"


def config(host: str | None = None, extra: dict[str, Any] | None = None, **kwargs: Any) -> ClientConfig:
    return config_from_connection(host, TOKEN, extra, **kwargs)


def test_a_connection_with_a_token_only_means_the_commercial_instance() -> None:
    assert config() == ClientConfig(token=TOKEN, base_url="https://app.launchdarkly.com")


@pytest.mark.parametrize(
    ("instance", "url"),
    [
        ("commercial", "https://app.launchdarkly.com"),
        ("eu", "https://app.eu.launchdarkly.com"),
        (" Federal ", "https://app.launchdarkly.us"),
        ("", "https://app.launchdarkly.com"),
    ],
)
def test_instances_have_their_own_hosts(instance: str, url: str) -> None:
    assert config(extra={"instance": instance}).base_url == url


@pytest.mark.parametrize(
    ("host", "schema", "port", "url"),
    [
        ("https://app.eu.launchdarkly.com/", None, None, "https://app.eu.launchdarkly.com"),
        ("HTTPS://App.LaunchDarkly.com:443", None, None, "https://app.launchdarkly.com"),
        ("app.launchdarkly.us", None, None, "https://app.launchdarkly.us"),
        ("relay.example:8443", None, None, "https://relay.example:8443"),
        ("127.0.0.1", "http", 8080, "http://127.0.0.1:8080"),
        ("http://127.0.0.1", None, 8080, "http://127.0.0.1:8080"),
        ("http://127.0.0.1:9000", "https", 8080, "http://127.0.0.1:9000"),
        ("http://localhost", None, "80", "http://localhost"),
        ("::1", "http", 8080, "http://[::1]:8080"),
        ("http://[::1]:8080", None, None, "http://[::1]:8080"),
        ("127.3.2.1", "http", None, "http://127.3.2.1"),
    ],
)
def test_a_host_may_be_a_name_a_url_or_what_airflow_left_of_one(host: str, schema: str, port: Any, url: str) -> None:
    assert config(host, schema=schema, port=port).base_url == url


def test_host_wins_over_instance() -> None:
    assert config("ld.example", {"instance": "eu"}).base_url == "https://ld.example"


@pytest.mark.parametrize("host", ["http://app.launchdarkly.com", "http://10.0.0.1", "http://127.0.0.1.evil.example"])
def test_plain_http_is_for_loopback_only(host: str) -> None:
    with pytest.raises(ConnectionConfigError, match=r"Host .* plain http"):
        config(host)


@pytest.mark.parametrize(
    "host",
    [
        "https://user:pw@app.launchdarkly.com",
        "user@app.launchdarkly.com",
        "https://app.launchdarkly.com/api/v2",
        "https://app.launchdarkly.com?x=1",
        "https://app.launchdarkly.com#x",
        "https://app.launchdarkly.com:0",
        "https://app.launchdarkly.com:70000",
        "https://app.launchdarkly.com:x",
        "ftp://app.launchdarkly.com",
        "https://",
        "https://a b",
        "ht\ntps://app.launchdarkly.com",
        "app.launchdarkly.com\\@evil.example",
        "äpp.example",
        "[::1",
        "[evil:x]",
        "[fe80::1%eth0]",
        "%31%32",
    ],
)
def test_what_is_no_base_url_is_refused_and_no_password_shown(host: str) -> None:
    with pytest.raises(ConnectionConfigError, match="Host of the LaunchDarkly connection") as caught:
        config(host)
    assert "pw" not in str(caught.value)


def test_a_token_pasted_into_host_is_refused_and_not_shown() -> None:
    with pytest.raises(ConnectionConfigError, match="looks like a key") as caught:
        config(TOKEN)
    assert TOKEN not in str(caught.value)


def test_another_schema_or_a_path_from_a_uri_is_refused() -> None:
    with pytest.raises(ConnectionConfigError, match="Schema"):
        config("ld.example", schema="api/v2")


@pytest.mark.parametrize(
    "token",
    [
        None, "", " ", "\ufeff", f"{TOKEN[:20]}\n{TOKEN[20:]}", f"{TOKEN}\n{TOKEN}\n", f"Bearer {TOKEN}",
        f" bearer {TOKEN}",
        "sdk-1234-abcd", "\nmob-1234", "api-\x00", "api-é",
    ],
)  # fmt: skip
def test_an_invalid_access_token_is_refused_by_the_name_of_its_field(token: str | None) -> None:
    with pytest.raises(ConnectionConfigError, match=r"Access token \(password\)") as caught:
        config_from_connection(None, token, {})
    assert TOKEN not in str(caught.value) and "1234" not in str(caught.value)


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "\t{}", "\ufeff{}\n", "\n\n{}\n\n", "{}\u00a0"])
def test_blanks_and_newlines_around_a_token_are_not_part_of_it(around: str) -> None:
    """Files end with a newline, and what secrets backends hold often came from a file."""
    assert config_from_connection(None, around.format(TOKEN), {}).token == TOKEN


def test_a_token_is_not_shown_in_pieces_either() -> None:
    with pytest.raises(ConnectionConfigError, match="whitespace within") as caught:
        config_from_connection(None, f"{TOKEN[:20]}\n{TOKEN[20:]}", {})
    assert TOKEN[:20] not in str(caught.value) and TOKEN[20:] not in str(caught.value)


def test_blanks_around_other_values_are_not_part_of_them() -> None:
    extra = {"proxies": {"https ": " http://proxy:3128\n"}, "instance": "eu\n", "verify": "/etc/ca.pem\n"}
    found = config(extra={**extra, "time_units": '{"vega_ai": "ms\\n"}', "timeout": "5\n"})
    assert found.proxies == {"https": "http://proxy:3128"}
    assert (found.base_url, found.verify) == ("https://app.eu.launchdarkly.com", "/etc/ca.pem")
    assert (found.time_units, found.timeout) == ({"vega_ai": "ms"}, 5.0)


def test_values_from_a_uri_arrive_as_text_and_are_understood() -> None:
    found = config(
        extra={
            "timeout": "12.5",
            "verify": "False",
            "proxies": '{"https": "http://u:hunter2@proxy:3128"}',
            "max_wait": "0",
            "time_units": '{"serverside_contexts": "ms"}',
        }
    )
    assert (found.timeout, found.verify, found.max_wait) == (12.5, False, 0.0)
    assert found.proxies == {"https": "http://u:hunter2@proxy:3128"}
    assert found.time_units == {"serverside_contexts": "ms"}
    assert "hunter2" not in repr(found)


def test_verify_may_be_the_path_of_a_bundle() -> None:
    assert config(extra={"verify": "/etc/ssl/corp.pem"}).verify == "/etc/ssl/corp.pem"
    assert config(extra={"verify": "true"}).verify is True
    assert config(extra={"verify": None}).verify is True


@pytest.mark.parametrize(
    "extra",
    [
        {"instance": "moon"},
        {"timeout": "soon"},
        {"timeout": 0},
        {"timeout": "nan"},
        {"timeout": True},
        {"timeout": 10**400},
        {"max_wait": -1},
        {"max_in_flight": 0},
        {"max_in_flight": 65},
        {"max_in_flight": 2.5},
        {"max_in_flight": "many"},
        {"max_answer_mb": 0.5},
        {"max_answer_mb": "many"},
        {"max_wait": "inf"},
        {"verify": 1.5},
        {"proxies": "http://u:hunter2@proxy"},
        {"proxies": {"https": 7}},
        {"proxies": ["hunter2"]},
        {"time_units": {"vega_ai": "minutes"}},
        {"time_units": "[" * 100_000},
    ],
)
def test_a_wrong_extra_is_refused_by_name_and_not_shown(extra: dict[str, Any]) -> None:
    with pytest.raises(ConnectionConfigError, match=f"{next(iter(extra))} in Extra") as caught:
        config(extra=extra)
    assert "hunter2" not in str(caught.value)


def test_unknown_extras_are_ignored_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert config(extra={"time_out": "secret value"}) == config()
    assert "time_out" in caplog.text and "max_wait" in caplog.text and "secret value" not in caplog.text


def test_repr_never_shows_the_token() -> None:
    assert TOKEN not in repr(config()) and TOKEN not in f"{config()}"


@given(st.text(), st.text(max_size=5), st.integers() | st.none() | st.text(max_size=6))
def test_any_host_gives_a_clean_base_url_or_a_refusal(host: str, schema: str, port: Any) -> None:
    try:
        url = config(host, schema=schema, port=port).base_url
    except ConnectionConfigError:
        return
    assert url.startswith(("https://", "http://127.", "http://localhost", "http://[::1]")) and url.isascii()
    assert not any(c in url.partition("://")[2] for c in "/@?#\\ ")
