"""What Airflow asks a provider for at start-up. Data only: every Airflow process imports this module."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Provider metadata in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-provider-ldusage",
        "name": "LaunchDarkly Usage",
        "description": "Loads LaunchDarkly's Account Usage (beta) API into day-partitioned Parquet on object storage.",
        "integrations": [
            {
                "integration-name": "LaunchDarkly",
                "external-doc-url": "https://launchdarkly.com/docs/api/account-usage-beta",
                "tags": ["service"],
            }
        ],
        "hooks": [
            {
                "integration-name": "LaunchDarkly",
                "python-modules": ["airflow_provider_ldusage.hooks.launchdarkly"],
            }
        ],
        "operators": [
            {
                "integration-name": "LaunchDarkly",
                "python-modules": ["airflow_provider_ldusage.operators.usage"],
            }
        ],
        "sensors": [
            {
                "integration-name": "LaunchDarkly",
                "python-modules": ["airflow_provider_ldusage.sensors.freshness"],
            }
        ],
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
                "conn-fields": {
                    "instance": {
                        "label": "Instance",
                        "description": "Where your account lives, unless a base URL is given.",
                        "schema": {
                            "type": ["string", "null"],
                            "enum": ["commercial", "eu", "federal"],
                            "default": "commercial",
                        },
                    },
                    "timeout": {
                        "label": "Read timeout",
                        "description": "Seconds to wait for LaunchDarkly to answer, and between parts of an answer.",
                        "schema": {"type": ["number", "null"], "minimum": 1, "default": 60},
                    },
                    "max_wait": {
                        "label": "Longest wait for the rate limit",
                        "description": "Seconds a task may wait in all for LaunchDarkly's rate limit to lift.",
                        "schema": {"type": ["number", "null"], "minimum": 0, "default": 300},
                    },
                    "max_answer_mb": {
                        "label": "Largest answer",
                        "description": "Megabytes, decompressed, beyond which an answer is refused.",
                        "schema": {"type": ["number", "null"], "minimum": 1, "default": 512},
                    },
                    "verify": {
                        "label": "Verify TLS",
                        "description": "true (default), false, or the path of a CA bundle on the workers.",
                        "schema": {"type": ["string", "null"], "default": "true"},
                    },
                    "proxies": {
                        "label": "Proxies",
                        "description": 'JSON by URL scheme, for example {"https": "http://proxy.internal:3128"}.',
                        "schema": {"type": ["string", "null"], "format": "json"},
                    },
                    "time_units": {
                        "label": "Units of from/to",
                        "description": 'JSON by metric, where the documented unit is wrong: {"vega_ai": "ms"}.',
                        "schema": {"type": ["string", "null"], "format": "json"},
                    },
                },
            }
        ],
    }
