"""Projects, environments and flags: what the ids and keys in usage data refer to. All are paged by links.

See https://launchdarkly.com/docs/api/projects, /docs/api/environments and /docs/api/feature-flags.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_ldusage.exceptions import AnswerError, NotFoundError
from airflow_provider_ldusage.log_text import fitted, shown

if TYPE_CHECKING:
    from airflow_provider_ldusage.api.client import UsageClient

log = logging.getLogger(__package__)

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


def every_environment(client: UsageClient) -> Iterator[dict[str, Any]]:
    """The environments of each project. A project that is deleted meanwhile is left out."""
    with client.side_by_side(partial(_environments, client), list_projects(client)) as flight:
        for project, found in flight:
            if isinstance(found, NotFoundError):
                log.warning("%s", fitted(f"Project {project.get('key')!r} was listed, but is gone: ", [str(found)], 1))
                continue
            of = {"id": project.get("_id"), "key": project.get("key")}
            yield from ({**environment, "project": of} for environment in found)


def _environments(client: UsageClient, project: Mapping[str, Any]) -> list[dict[str, Any]] | NotFoundError:
    try:
        return list(list_environments(client, str(project.get("key"))))
    except NotFoundError as error:
        return error
