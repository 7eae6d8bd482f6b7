"""The helper endpoints beside usage: who the token is, and lists of projects, environments and flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlencode

from airflow_provider_ldusage.testing.account import CREATED, Environment, Flag, Project, fixed_id
from airflow_provider_ldusage.testing.rules import Pairs, Refusal, World

Item = dict[str, Any]
_DEFAULT_LIMIT = 20
_VERSIONS = ("beta", "20240415")


def helper_answer(path: str, pairs: Pairs, version: str | None, world: World) -> Item | None:
    """The body of a helper endpoint, or None where the path is none.

    Lists are paged as version 20240415 has them: ``limit`` (20) and ``offset``, ``totalCount``, and a relative URL in
    ``_links.next.href`` where there is more. Raises `Refusal` with 400 or 404.
    """
    parts = path.removeprefix("/api/v2/").split("/")
    build: Callable[[], Item] | None = None
    if parts == ["caller-identity"]:
        build = lambda: _identity(world)  # noqa: E731
    elif parts == ["projects"]:
        build = lambda: _page(path, pairs, [_project(one) for one in world.account.current_projects])  # noqa: E731
    elif len(parts) == 3 and parts[0] == "projects" and parts[2] == "environments":
        build = lambda: _page(path, pairs, _environments(unquote(parts[1]), world))  # noqa: E731
    elif len(parts) == 2 and parts[0] == "flags":
        build = lambda: _flags_page(path, pairs, unquote(parts[1]), world)  # noqa: E731
    if build is None:
        return None
    if version is not None and version not in _VERSIONS:
        raise Refusal(400, f"Invalid LD-API-Version header: {version}")
    return build()


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
    numbers = {"limit": _DEFAULT_LIMIT, "offset": 0}
    for name, text in pairs:
        if name not in numbers:
            raise Refusal(400, f"Unknown query parameter: {name}")
        if not (text.isascii() and text.isdigit() and len(text) < 9) or (
            name == "limit" and not 1 <= int(text) <= 1000
        ):
            raise Refusal(400, f"Invalid {name} argument: {text}")
        numbers[name] = int(text)
    limit, offset = numbers["limit"], numbers["offset"]
    rest = [pair for pair in linked if pair[0] == "filter"]
    links = {"self": _link(f"{path}?{urlencode([*rest, ('limit', limit), ('offset', offset)])}")}
    if offset + limit < len(items):
        links["next"] = _link(f"{path}?{urlencode([*rest, ('limit', limit), ('offset', offset + limit)])}")
    return {"_links": links, "items": list(items[offset : offset + limit]), "totalCount": len(items)}


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


def _found(key: str, world: World) -> Project:
    project = world.account.project(key)
    if project is None:
        raise Refusal(404, "unknown project")
    return project


def _environments(project_key: str, world: World) -> list[Item]:
    project = _found(project_key, world)
    return [_environment(project, one) for one in project.environments if not one.deleted]


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
    """Flags that are not archived, unless ``filter=state:archived`` asks for those that are."""
    project = _found(project_key, world)
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
