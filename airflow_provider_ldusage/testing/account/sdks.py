"""The SDKs that the made-up accounts' applications use, and the applications of the small account."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_ldusage.testing.account.model import Application, Sdk, SdkVersion

_RELEASES = "https://github.com/launchdarkly/{}/releases"


def _sdk(name: str, category: str, versions: Mapping[str, str], latest: str, repository: str) -> Sdk:
    return Sdk(
        name,
        category,
        tuple(SdkVersion(number, status) for number, status in versions.items()),
        latest,
        _RELEASES.format(repository),
    )


JAVASCRIPT = _sdk("JavaScript", "browser", {"3.1.0": "EolNear", "3.5.0": "EolAllClear"}, "3.6.0", "js-client-sdk")
REACT = _sdk("React Web", "browser", {"3.2.0": "EolAllClear"}, "3.7.1", "react-sdk")
IOS = _sdk("iOS", "mobile", {"8.5.0": "EolPast", "9.10.0": "EolAllClear"}, "9.12.0", "ios-client-sdk")
ANDROID = _sdk(
    "Android", "mobile", {"4.2.0": "MajorVersionAvailable", "5.6.1": "EolAllClear"}, "5.7.0", "android-client-sdk"
)
GO = _sdk("Go", "backend", {"7.9.0": "EolAllClear", "7.10.0": "EolAllClear"}, "7.10.1", "go-server-sdk")
NODE = _sdk("Node.js", "backend", {"8.4.2": "EolPast", "9.7.0": "EolAllClear"}, "9.13.7", "js-core")
JAVA = _sdk("Java", "backend", {"7.4.0": "EolAllClear"}, "7.6.0", "java-core")
PYTHON = _sdk(
    "Python",
    "backend",
    {"8.3.0": "MajorVersionAvailable", "9.7.1": "EolAllClear", "9.10.0": "EolAllClear"},
    "9.12.0",
    "python-server-sdk",
)
UNKNOWN = Sdk("Unknown", "backend", (SdkVersion("Unknown", "EolUnknown"),), "", "")

APPLICATIONS: Mapping[str, tuple[Application, ...]] = {
    "default": (
        Application(JAVASCRIPT, "checkout-web"),
        Application(JAVASCRIPT, "Unknown"),
        Application(REACT, None),
        Application(GO, "orders-api"),
        Application(NODE, None),
        Application(UNKNOWN, None),
    ),
    "mobile-app": (
        Application(IOS, "shop-ios"),
        Application(ANDROID, "shop-android"),
        Application(ANDROID, "unknown"),
        Application(JAVA, "gateway"),
    ),
    "data-platform": (Application(PYTHON, "Unknown"), Application(PYTHON, "pipelines"), Application(GO, None)),
    "retired": (Application(NODE, None),),
}
"""The small account: project key to the SDKs that the project's applications use."""

SDKS: Mapping[str, Sdk] = {one.name: one for one in (JAVASCRIPT, REACT, GO, NODE, UNKNOWN, IOS, ANDROID, JAVA, PYTHON)}
"""Name to SDK, with all versions in use, for all SDKs in use."""
