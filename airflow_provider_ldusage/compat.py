"""The one door to Airflow's names that have moved between 2.11 and 3.3. Nothing else of ours knows their places.

Each name is looked for when it is first used, in the newest place first, so that no deprecation warning is caused.
Where versions differ in what they can do, ask for the feature: ``hasattr(event, "add_partitions")``, not the version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view
    from airflow.models.connection import Connection as StoredConnection
    from airflow.models.taskinstance import TaskInstance
    from airflow.plugins_manager import AirflowPlugin
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import (
        Asset,
        AssetAlias,
        BaseHook,
        BaseOperator,
        BaseOperatorLink,
        BaseSensorOperator,
        Context,
        ObjectStoragePath,
        PokeReturnValue,
        Variable,
    )
    from airflow.sdk.configuration import conf
    from airflow.sdk.definitions.asset import AssetRef
    from airflow.sdk.exceptions import (
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowSkipException,
        TaskDeferred,
    )
    from airflow.sdk.execution_time.xcom import XCom
    from airflow.sdk.io import get_fs, has_fs
    from airflow.triggers.base import BaseTrigger
    from airflow.utils.session import create_session

__all__ = [
    "AccessView", "AirflowFailException", "AirflowNotFoundException", "AirflowPlugin", "AirflowSensorTimeout",
    "AirflowSkipException", "Asset", "AssetAlias", "AssetRef", "BaseHook", "BaseOperator", "BaseOperatorLink",
    "BaseSensorOperator", "BaseTrigger", "Context", "ObjectStoragePath", "PokeReturnValue", "StoredConnection",
    "TaskDeferred", "TaskInstance", "TimeDeltaTrigger", "Variable", "XCom", "conf", "create_session", "get_fs",
    "has_fs", "requires_access_view",
]  # fmt: skip

# name -> its places, the newest first: a module, or module:name where it had another name
_PLACES = {
    "AccessView": ("airflow.api_fastapi.auth.managers.models.resource_details",),  # Airflow 2 has none
    "AirflowFailException": ("airflow.sdk.exceptions", "airflow.exceptions"),
    "AirflowNotFoundException": ("airflow.sdk.exceptions", "airflow.exceptions"),
    "AirflowSensorTimeout": ("airflow.sdk.exceptions", "airflow.exceptions"),
    "AirflowSkipException": ("airflow.sdk.exceptions", "airflow.exceptions"),
    "AirflowPlugin": ("airflow.plugins_manager",),
    "Asset": ("airflow.sdk", "airflow.datasets:Dataset"),
    "AssetAlias": ("airflow.sdk", "airflow.datasets:DatasetAlias"),
    "AssetRef": ("airflow.sdk.definitions.asset", "airflow.datasets:Dataset"),  # Airflow 2 has no references
    "BaseHook": ("airflow.sdk", "airflow.hooks.base"),
    "BaseOperator": ("airflow.sdk", "airflow.models.baseoperator"),
    "BaseOperatorLink": ("airflow.sdk", "airflow.models.baseoperatorlink"),
    "BaseSensorOperator": ("airflow.sdk", "airflow.sensors.base"),
    "BaseTrigger": ("airflow.triggers.base",),
    "Context": ("airflow.sdk", "airflow.utils.context"),
    "ObjectStoragePath": ("airflow.sdk", "airflow.io.path"),
    "PokeReturnValue": ("airflow.sdk", "airflow.sensors.base"),
    "StoredConnection": ("airflow.models.connection:Connection",),
    "TaskInstance": ("airflow.models.taskinstance",),  # for tasks that have the database, as in Airflow 2
    "TaskDeferred": ("airflow.sdk.exceptions", "airflow.exceptions"),
    "TimeDeltaTrigger": ("airflow.providers.standard.triggers.temporal", "airflow.triggers.temporal"),
    "Variable": ("airflow.sdk", "airflow.models"),
    "XCom": ("airflow.sdk.execution_time.xcom", "airflow.models.xcom"),
    "create_session": ("airflow.utils.session",),  # likewise
    "conf": ("airflow.sdk.configuration", "airflow.configuration"),
    "get_fs": ("airflow.sdk.io", "airflow.io"),
    "has_fs": ("airflow.sdk.io", "airflow.io"),
    "requires_access_view": ("airflow.api_fastapi.core_api.security",),  # Airflow 2 has none
}


def __getattr__(name: str) -> Any:
    for place in _PLACES.get(name, ()):
        module, _, other_name = place.partition(":")
        try:
            value = getattr(import_module(module), other_name or name)
        except (ImportError, AttributeError):
            continue
        globals()[name] = value
        return value
    raise AttributeError(f"this Airflow has no {name!r}" if name in _PLACES else f"{__name__} has no {name!r}")
