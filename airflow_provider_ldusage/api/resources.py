"""Projects, environments and flags: what the ids and keys in usage data refer to. All are paged by links.

See https://launchdarkly.com/docs/api/projects, /docs/api/environments and /docs/api/feature-flags.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError
from airflow_provider_ldusage.log_text import shown

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

PAGE_SIZE = ("limit", "100")


def list_projects(client: UsageClient) -> Iterator[dict[str, Any]]:
    """Every project as LaunchDarkly describes it: ``_id``, ``key``, ``name``, ..."""
    return client.items("/api/v2/projects", params=[PAGE_SIZE])


def list_environments(client: UsageClient, project_key: str) -> Iterator[dict[str, Any]]:
    """Every environment of a project. Handle with care: besides ``_id``, ``key`` and ``name`` they hold SDK keys."""
    return client.items(
        "/api/v2/projects/{projectKey}/environments", path_args={"projectKey": project_key}, params=[PAGE_SIZE]
    )


def list_flags(client: UsageClient, project_key: str) -> Iterator[str]:
    """The key of every flag of a project: first the live flags, then the archived ones, whose usage remains.

    :raises AnswerError: a flag has no key
    """
    for state in ([], [("filter", "state:archived")]):
        flags = client.items(
            "/api/v2/flags/{projectKey}", path_args={"projectKey": project_key}, params=[*state, PAGE_SIZE]
        )
        for flag in flags:
            if not isinstance(flag.get("key"), str):
                raise AnswerError("A flag has no key.", about=f"project {shown(project_key)}")
            yield flag["key"]
