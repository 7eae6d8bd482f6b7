"""What Airflow asks a provider for at start-up. Every Airflow process imports this module, so it imports nothing."""

from __future__ import annotations

from typing import Any

_INTEGRATION = "LaunchDarkly"
_OPERATORS = ("usage", "assets", "report")
_LINKS = ("UsagePageLink", "DocumentationLink", "TablePageLink", "ReportPageLink")


def get_provider_info() -> dict[str, Any]:
    """Provider metadata in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-provider-ldusage",
        "name": "LaunchDarkly Usage",
        "description": "Loads LaunchDarkly's Account Usage (beta) API into day-partitioned Parquet on object storage.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://launchdarkly.com/docs/api/account-usage-beta",
                "tags": ["service"],
            }
        ],
        "hooks": [_module("airflow_provider_ldusage.hooks.launchdarkly")],
        "operators": [_module(*(f"airflow_provider_ldusage.operators.{name}" for name in _OPERATORS))],
        "sensors": [_module("airflow_provider_ldusage.sensors.freshness")],
        "extra-links": [f"airflow_provider_ldusage.links.{name}" for name in _LINKS],
        "connection-types": [
            {
                "connection-type": "launchdarkly",
                "hook-class-name": "airflow_provider_ldusage.hooks.launchdarkly.LaunchDarklyUsageHook",
                "hook-name": "LaunchDarkly",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "login", "port"],
                    "relabeling": {"password": "Access token", "host": "Base URL"},
                    "placeholders": {
                        "host": "leave empty, or https://app.launchdarkly.com",
                        "password": "api-... (a token with the Reader role)",
                    },
                },
                "conn-fields": _extra_fields(),
            }
        ],
        "config": {"ldusage": {"description": "The usage page in Airflow's UI.", "options": _options()}},
    }


def _module(*names: str) -> dict[str, Any]:
    return {"integration-name": _INTEGRATION, "python-modules": list(names)}


def _options() -> dict[str, Any]:
    """The options of the section ``[ldusage]``."""
    return {
        "lakes": {
            "description": "The lakes that the usage page shows: a JSON object of names with destinations, as the\n"
            "operators have them. Default: the lake of the Airflow Variable ldusage_destination.\n",
            "version_added": "0.1.0",
            "type": "string",
            "example": '{"production": "s3://aws_default@lake/launchdarkly"}',
            "default": None,
        },
    }


def _extra_fields() -> dict[str, Any]:
    """The fields of the connection form that are stored in Extra."""
    return {
        "instance": _field(
            "Instance",
            "Where your account is, unless a base URL is given.",
            "string", enum=["commercial", "eu", "federal"], default="commercial",
        ),
        **_limit_fields(),
        "verify": _field(
            "Verify TLS",
            "Leave empty to verify. Otherwise false, or the path of a CA bundle on the workers.",
            "string",
        ),
        "proxies": _field(
            "Proxies",
            'JSON by URL scheme, for example {"https": "http://proxy.internal:3128"}.',
            "string", format="json",
        ),
        "time_units": _field(
            "Units of from/to",
            'JSON by metric, where the documented unit is wrong: {"vega_ai": "ms"}.',
            "string", format="json",
        ),
    }  # fmt: skip


def _limit_fields() -> dict[str, Any]:
    return {
        "timeout": _field(
            "Read timeout",
            "Seconds to wait for a response from LaunchDarkly, and between its parts.",
            "number", minimum=1, default=60,
        ),
        "max_wait": _field(
            "Maximum wait for the rate limit",
            "Seconds that a task may wait in all for LaunchDarkly's rate limit.",
            "number", minimum=0, default=300,
        ),
        "max_in_flight": _field(
            "Requests in flight",
            "Requests that a task sends at once, as far as the rate limit allows it. 1: one after the other.",
            "number", minimum=1, maximum=64, default=8,
        ),
        "max_answer_mb": _field(
            "Maximum size of a response",
            "Megabytes, decompressed. Larger responses are refused.",
            "number", minimum=1, default=512,
        ),
    }  # fmt: skip


def _field(label: str, description: str, kind: str, **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}
