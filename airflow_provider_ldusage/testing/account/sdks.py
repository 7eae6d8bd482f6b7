"""The SDKs that the made-up account's applications use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from airflow_provider_ldusage.testing.account.model import Sdk, SdkVersion

_RELEASES = "https://github.com/launchdarkly/{}/releases"


class Application(NamedTuple):
    """An SDK in use: its application is a name, a literal "Unknown" in any case, or None."""

    sdk: Sdk
    name: str | None


def _sdk(name: str, category: str, versions: Mapping[str, str], latest: str, repository: str) -> Sdk:
    return Sdk(
        name,
        category,
        tuple(SdkVersion(number, status) for number, status in versions.items()),
        latest,
        _RELEASES.format(repository),
    )


_JAVASCRIPT = _sdk("JavaScript", "browser", {"3.1.0": "EolNear", "3.5.0": "EolAllClear"}, "3.6.0", "js-client-sdk")
_REACT = _sdk("React Web", "browser", {"3.2.0": "EolAllClear"}, "3.7.1", "react-sdk")
_IOS = _sdk("iOS", "mobile", {"8.5.0": "EolPast", "9.10.0": "EolAllClear"}, "9.12.0", "ios-client-sdk")
_ANDROID = _sdk(
    "Android", "mobile", {"4.2.0": "MajorVersionAvailable", "5.6.1": "EolAllClear"}, "5.7.0", "android-client-sdk"
)
_GO = _sdk("Go", "backend", {"7.9.0": "EolAllClear", "7.10.0": "EolAllClear"}, "7.10.1", "go-server-sdk")
_NODE = _sdk("Node.js", "backend", {"8.4.2": "EolPast", "9.7.0": "EolAllClear"}, "9.13.7", "js-core")
_JAVA = _sdk("Java", "backend", {"7.4.0": "EolAllClear"}, "7.6.0", "java-core")
_PYTHON = _sdk(
    "Python",
    "backend",
    {"8.3.0": "MajorVersionAvailable", "9.7.1": "EolAllClear", "9.10.0": "EolAllClear"},
    "9.12.0",
    "python-server-sdk",
)
_UNKNOWN = Sdk("Unknown", "backend", (SdkVersion("Unknown", "EolUnknown"),), "", "")

APPLICATIONS: Mapping[str, tuple[Application, ...]] = {
    "default": (
        Application(_JAVASCRIPT, "checkout-web"),
        Application(_JAVASCRIPT, "Unknown"),
        Application(_REACT, None),
        Application(_GO, "orders-api"),
        Application(_NODE, None),
        Application(_UNKNOWN, None),
    ),
    "mobile-app": (
        Application(_IOS, "shop-ios"),
        Application(_ANDROID, "shop-android"),
        Application(_ANDROID, "unknown"),
        Application(_JAVA, "gateway"),
    ),
    "data-platform": (Application(_PYTHON, "Unknown"), Application(_PYTHON, "pipelines"), Application(_GO, None)),
    "retired": (Application(_NODE, None),),
}
"""Project key to the SDKs that the project's applications use."""

SDKS: Mapping[str, Sdk] = {one.sdk.name: one.sdk for several in APPLICATIONS.values() for one in several}
"""Name to SDK, for all SDKs in use."""
