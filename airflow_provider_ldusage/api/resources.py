"""Projects, environments and flags: what the ids and keys in usage stand for. All are paged by ``_links.next``.

Source: https://launchdarkly.com/docs/api/projects, /docs/api/environments and /docs/api/feature-flags.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

API_VERSION = "20240415"
PAGE = ("limit", "100")


def list_projects(client: UsageClient) -> Iterator[dict[str, Any]]:
    """Each project as LaunchDarkly describes it: ``_id``, ``key``, ``name``, ..."""
    return client.items("/api/v2/projects", params=[PAGE], api_version=API_VERSION)


def list_environments(client: UsageClient, project_key: str) -> Iterator[dict[str, Any]]:
    """Each environment of a project. Handle with care: they hold SDK keys beside ``_id``, ``key`` and ``name``."""
    return client.items(
        "/api/v2/projects/{projectKey}/environments",
        path_args={"projectKey": project_key},
        params=[PAGE],
        api_version=API_VERSION,
    )


def list_flags(client: UsageClient, project_key: str) -> Iterator[str]:
    """The key of each flag of a project, those in use first, then the archived ones, whose usage stays."""
    for state in ([], [("filter", "state:archived")]):
        flags = client.items(
            "/api/v2/flags/{projectKey}",
            path_args={"projectKey": project_key},
            params=[*state, PAGE],
            api_version=API_VERSION,
        )
        for flag in flags:
            if not isinstance(flag.get("key"), str):
                raise AnswerError(f"A flag of project {project_key!r} has no key.")
            yield flag["key"]
