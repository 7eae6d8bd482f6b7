"""The ``requests`` session, which sends the token to the configured origin only."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import InvalidProxyURL
from requests.utils import select_proxy

from airflow_provider_ldusage import __version__
from airflow_provider_ldusage.api.config import ClientConfig
from airflow_provider_ldusage.api.redaction import userinfo_of
from airflow_provider_ldusage.api.urls import origin
from airflow_provider_ldusage.metrics import BETA

if TYPE_CHECKING:
    from urllib3 import PoolManager


KEPT = 8
"""Connections that a session keeps open, at least: whoever has it from the hook may use it in threads of their own."""


class TokenAuth(AuthBase):
    """Sends the access token, as it is, in ``Authorization``, to one origin only.

    As the session's auth it also keeps ``requests`` from using a password from ``~/.netrc``.

    :param token: the access token
    :param base_url: a URL of the origin
    """

    def __init__(self, token: str, base_url: str) -> None:
        self._token = token
        self._origin = origin(base_url)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers.pop("Authorization", None)
        if origin(r.url or "") == self._origin:
            r.headers["Authorization"] = self._token
        return r

    def __repr__(self) -> str:
        return "TokenAuth('***')"


class _Session(requests.Session):
    """A session whose configuration wins over the environment."""

    def __init__(self, config: ClientConfig) -> None:
        super().__init__()
        self._timeout = (config.connect_timeout, config.timeout)
        self._environment = threading.Lock()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, **kwargs)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        # REQUESTS_CA_BUNDLE and HTTPS_PROXY would win over the session's settings (requests issues 3829 and 2018).
        verify = self.verify if verify is None else verify
        proxies = {**self.proxies, **(proxies or {})}
        with self._environment:  # for no_proxy in proxies, requests changes os.environ for a moment
            settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if origin(url)[0] == "http":  # allowed for this machine only; a proxy would send the token in the clear
            settings["proxies"] = {}
        return settings

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Redirects are never followed. Even with allow_redirects=False, requests would prepare the next request, and
        # read the whole body for that, however large or slow it is.
        return None


class _Sockets:
    """The open sockets of a session. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[socket.socket] = WeakSet()

    def watch(self, manager: PoolManager) -> None:
        """Know the sockets of all connections that a manager opens from now on."""
        pools = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {scheme: self._watched(pool) for scheme, pool in pools.items()}

    def shut_down(self) -> None:
        """Break all connections: whoever waits for a response is told at once that there is none."""
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):  # it is closed already
                    socket.socket.shutdown(each, socket.SHUT_RDWR)  # without TLS's farewell, which may block

    def _watched(self, pool: Any) -> Any:
        add = self._add

        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                add(self.sock)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    def _add(self, opened: Any) -> None:
        with self._lock:
            inner = getattr(opened, "socket", opened)  # TLS within TLS, through a proxy, has none of its own
            if isinstance(inner, socket.socket):
                self._open.add(inner)


class _Adapter(HTTPAdapter):
    """Refuses proxies whose password libraries would split, as they would show its parts as host and port.

    :ivar sockets: those that it has opened
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sockets = _Sockets()
        super().__init__(*args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.sockets.watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            self.sockets.watch(manager)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        proxies = kwargs.get("proxies", args[4] if len(args) > 4 else None)
        if reason := _proxy_problem(select_proxy(request.url or "", proxies) or ""):
            raise InvalidProxyURL(reason)
        return super().send(request, *args, **kwargs)


def _proxy_problem(url: str) -> str:
    """What is wrong with the user and password in a proxy's URL, without showing them. Empty if nothing is."""
    userinfo = userinfo_of(url)
    if not userinfo:
        return ""
    if "://" not in url:
        return "a proxy with a user must start with http:// or https://"
    if any(character in userinfo for character in "/?#\\[]"):
        return "write / ? # [ ] and \\ in the proxy's user and password percent-encoded: / as %2F, # as %23"
    try:
        unquote(userinfo).encode("latin-1")  # as the header Proxy-Authorization is sent
        origin(url)
    except ValueError:
        return "the proxy's user or password has a character that no header can hold, or its address is invalid"
    return ""


def build_session(config: ClientConfig) -> requests.Session:
    """A session for any request to LaunchDarkly, as returned by the hook's ``get_conn()``.

    It sends the token to the configured origin only, requests the beta API by default, always has timeouts, never
    follows redirects, and never retries; :class:`~airflow_provider_ldusage.api.client.UsageClient` retries.
    """
    session = _Session(config)
    session.auth = TokenAuth(config.token, config.base_url)
    session.verify = config.verify
    session.proxies.update(config.proxies or {})
    session.headers.update(default_headers())
    adapter = _Adapter(pool_connections=2, pool_maxsize=max(KEPT, config.max_in_flight), max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def hang_up(session: requests.Session) -> None:
    """Break the connections of a session, so that threads which wait for a response end. It can be used further."""
    for adapter in session.adapters.values():
        if isinstance(adapter, _Adapter):
            adapter.sockets.shut_down()


def default_headers(api_version: str = BETA) -> Mapping[str, str]:
    """The headers of every request.

    :param api_version: ``LD-API-Version``
    """
    return {
        "User-Agent": f"airflow-provider-ldusage/{__version__} (python-requests/{requests.__version__})",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "LD-API-Version": api_version,
    }
