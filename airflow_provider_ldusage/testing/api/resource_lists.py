"""The resources beside usage: the token's identity, and lists of projects, environments and flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote, urlencode

from airflow_provider_ldusage.testing.account.model import CREATED, Environment, Flag, Project, fixed_id
from airflow_provider_ldusage.testing.api.refusal import Refusal
from airflow_provider_ldusage.testing.api.world import Pairs, World, whole_number

Item = dict[str, Any]

_DEFAULT_LIMIT, _MAX_LIMIT = 20, 1000
_VERSIONS = ("beta", "20240415")


def resource_answer(path: str, pairs: Pairs, version: str | None, world: World) -> Item | None:
    """The body of a resource's answer.

    Lists are paged as in version 20240415: ``limit`` (20) and ``offset``, ``totalCount``, and the relative URL of the
    next page in ``_links.next.href``.

    :param path: path of the request
    :param pairs: the query parameters
    :param version: the ``LD-API-Version`` header
    :param world: the account, the clock and the switches
    :returns: the body, or None if no resource has this path
    :raises Refusal: an invalid parameter or version: 400; an unknown project: 404
    """
    build = _builder(path, pairs, world)
    if build is None:
        return None
    if version is not None and version not in _VERSIONS:
        raise Refusal(400, f"Invalid LD-API-Version header: {version}")
    return build()


def _builder(path: str, pairs: Pairs, world: World) -> Callable[[], Item] | None:
    match path.removeprefix("/api/v2/").split("/"):
        case ["caller-identity"]:
            return partial(_identity, world)
        case ["projects"]:
            return partial(_projects_page, path, pairs, world)
        case ["projects", key, "environments"]:
            return partial(_environments_page, path, pairs, unquote(key), world)
        case ["flags", key]:
            return partial(_flags_page, path, pairs, unquote(key), world)
        case _:
            return None


def _identity(world: World) -> Item:
    return {
        "accountId": world.account.id,
        "authKind": "token",
        "tokenKind": "service",
        "tokenName": "simulator reader",
        "tokenId": fixed_id(world.account.id, "token"),
        "memberId": fixed_id(world.account.id, "member"),
        "serviceToken": True,
        "scopes": [],
    }


def _link(href: str) -> Item:
    return {"href": href, "type": "application/json"}


def _page(path: str, pairs: Pairs, items: Sequence[Item], linked: Pairs = ()) -> Item:
    """One page of a list. The links to it and to the next one repeat the filters in `linked`."""
    numbers = {"limit": _DEFAULT_LIMIT, "offset": 0}
    for name, text in pairs:
        if name not in numbers:
            raise Refusal(400, f"Unknown query parameter: {name}")
        number = whole_number(text, digits=8)
        if number is None or (name == "limit" and not 1 <= number <= _MAX_LIMIT):
            raise Refusal(400, f"Invalid {name} argument: {text}")
        numbers[name] = number
    limit, offset = numbers["limit"], numbers["offset"]
    rest = [pair for pair in linked if pair[0] == "filter"]
    links = {"self": _link(f"{path}?{urlencode([*rest, ('limit', limit), ('offset', offset)])}")}
    if offset + limit < len(items):
        links["next"] = _link(f"{path}?{urlencode([*rest, ('limit', limit), ('offset', offset + limit)])}")
    return {"_links": links, "items": list(items[offset : offset + limit]), "totalCount": len(items)}


def _projects_page(path: str, pairs: Pairs, world: World) -> Item:
    return _page(path, pairs, [_project(one) for one in world.account.current_projects])


def _project(project: Project) -> Item:
    return {
        "_links": {"self": _link(f"/api/v2/projects/{project.key}")},
        "_id": project.id,
        "key": project.key,
        "name": project.name,
        "includeInSnippetByDefault": False,
        "defaultClientSideAvailability": {"usingMobileKey": True, "usingEnvironmentId": False},
        "tags": list(project.tags),
    }


def _known_project(key: str, world: World) -> Project:
    project = world.account.project(key)
    if project is None:
        raise Refusal(404, "unknown project")
    return project


def _environments_page(path: str, pairs: Pairs, project_key: str, world: World) -> Item:
    project = _known_project(project_key, world)
    return _page(path, pairs, [_environment(project, one) for one in project.current_environments])


def _environment(project: Project, environment: Environment) -> Item:
    # Real answers carry these secrets; none of them may ever reach a lake, and the texts are easy to search for.
    secret = environment.id[:12]
    return {
        "_links": {"self": _link(f"/api/v2/projects/{project.key}/environments/{environment.key}")},
        "_id": environment.id,
        "key": environment.key,
        "name": environment.name,
        "apiKey": f"sdk-SECRET-{secret}",
        "mobileKey": f"mob-SECRET-{secret}",
        "color": "417505",
        "defaultTtl": 0,
        "secureMode": False,
        "defaultTrackEvents": False,
        "requireComments": False,
        "confirmChanges": environment.key == "production",
        "critical": environment.key == "production",
        "tags": [],
    }


def _flags_page(path: str, pairs: Pairs, project_key: str, world: World) -> Item:
    """Flags that are not archived, or with ``filter=state:archived`` those that are."""
    project = _known_project(project_key, world)
    state = [value for name, value in pairs if name == "filter"]
    if state not in ([], ["state:archived"]):
        raise Refusal(400, f"Invalid filter argument: {', '.join(state)}")
    flags = [_flag(project, one) for one in project.flags if one.archived == bool(state)]
    return _page(path, [pair for pair in pairs if pair[0] != "filter"], flags, pairs)


def _flag(project: Project, flag: Flag) -> Item:
    return {
        "_links": {"self": _link(f"/api/v2/flags/{project.key}/{flag.key}")},
        "key": flag.key,
        "name": flag.name,
        "kind": "boolean" if flag.variations == (True, False) else "multivariate",
        "creationDate": int(CREATED.timestamp() * 1000),
        "archived": flag.archived,
        "temporary": False,
        "tags": list(project.tags),
        "variations": [
            {"_id": fixed_id(project.id, flag.key, str(number)), "value": value}
            for number, value in enumerate(flag.variations)
        ],
    }
