from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import InvalidProxyURL

from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.redaction import Redactor, without_secrets
from airflow_provider_ldusage.api.session import build_session

SECRET = "t0k/en\"<'&\\%41"


def redactor(token: str = SECRET, proxy: str = "http://joe:p%40ss@proxy:3128") -> Redactor:
    return Redactor(ClientConfig(token=token, proxies={"https": proxy}))


@pytest.mark.parametrize("form", [str, quote, lambda s: quote(s, safe=""), html.escape, lambda s: json.dumps(s)[1:-1]])
def test_the_token_is_found_as_servers_and_libraries_quote_it(form: object) -> None:
    assert callable(form)
    assert redactor()(f"You sent {form(SECRET)}, wrong") == "You sent ***, wrong"


@pytest.mark.parametrize("text", ["http://joe:p%40ss@proxy:3128", "joe:p@ss", "p%40ss", "p@ss", "x:\\y z@proxy"])
def test_proxy_credentials_are_taken_out(text: str) -> None:
    shown = redactor()(f"cannot reach {text}")
    assert "p@ss" not in shown and "p%40ss" not in shown and "joe" not in shown


def test_text_becomes_one_short_printable_line() -> None:
    assert redactor()("a\r\nb\x1b[31m\x00 c\u202e") == "a b [31m c"
    assert len(redactor()("x" * 1_000_000, 100)) == 100


@given(st.text(), st.integers(4000, 4200), st.text(alphabet=" \n\x00", max_size=1))
def test_a_secret_is_not_shown_in_part_wherever_the_text_is_cut(tail: str, before: int, filler: str) -> None:
    token = "api-5ec2e7e5-0000-4000-8000-00000000c0de"
    shown = redactor(token)((filler or " ") * before + token + tail, 100)
    assert "5ec2e7e5" not in shown or "5ec2e7e5" in tail


_odd = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc", "Cs"]), min_size=3)
# In the middle stands what no error's text has by itself: hypothesis also tries words of the code, such as "refused".
ODD = st.tuples(_odd, _odd).map("hUnt3r".join).filter(lambda password: password.strip() == password)


@given(ODD)
def test_whatever_a_proxy_s_password_holds_is_taken_out(password: str) -> None:
    url = f"http://joe:{password}@proxy.invalid:3128"
    for redact in (redactor(proxy=url), redactor(proxy="http://proxy:1")):
        shown = redact(f"Failed to parse: {url.replace(' ', '%20')}", 5000)
        assert password not in shown and shown == "Failed to parse: ***@proxy.invalid:3128"
    assert password not in redactor(proxy=url)(f"parsed {url} and {password}, and {quote(password)}", 5000)


@given(ODD)
def test_a_proxy_s_password_is_sent_or_refused_and_never_shown(password: str) -> None:
    """Libraries take a password with a slash apart, and show its first half as a port."""
    proxy = f"http://joe:{password}@127.0.0.1:1"
    session = build_session(ClientConfig(token=SECRET, proxies={"https": proxy}))
    with pytest.raises(OSError) as caught:  # whatever it is, it is one of requests' own
        session.get("https://ld.invalid/")
    if isinstance(caught.value, InvalidProxyURL):
        assert set(password) & set("/?#\\[]") or not password.isascii() or "%" in password
    assert password not in str(caught.value)


@pytest.mark.parametrize("password", ["12/hunter2", "12#hunter2", "12?hunter2", "12\\hunter2", "[hunter2"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_that_would_be_taken_apart_is_refused(
    monkeypatch: pytest.MonkeyPatch, password: str, name: str
) -> None:
    for each in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, f"http://joe:{password}@proxy.invalid:3128")
    with pytest.raises(InvalidProxyURL, match="percent-encoded") as caught:
        build_session(ClientConfig(token=SECRET)).get("https://ld.invalid/")
    assert "hunter2" not in str(caught.value) and "joe" not in str(caught.value)


def test_proxies_of_the_environment_are_known_to_all_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:12/hun ter2@proxy:3128")
    for text in ("host joe:12 is unknown", "Cannot connect to host joe, port 12", "12/hun ter2", "12%2Fhun%20ter2"):
        for clean in (redactor()(text), without_secrets(text)):
            assert "joe" not in clean and "12" not in clean and "ter2" not in clean


def test_a_header_that_a_proxy_s_page_repeats_is_taken_out() -> None:
    shown = redactor()("You sent am9lOnBAc3M= (Proxy-Authorization: Basic am9lOnBAc3M=)")
    assert shown == "You sent *** (Proxy-Authorization: ***"
