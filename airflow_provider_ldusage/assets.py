"""The asset of a table, for DAGs that have no name of their own for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_provider_ldusage.exceptions import UsageArgumentError
from airflow_provider_ldusage.log_text import shown

if TYPE_CHECKING:
    from airflow_provider_ldusage.compat import Asset

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def usage_asset(destination: Any, table: str) -> Asset:
    """Return the asset of a table: its name is its URI, the table's address without the connection.

    The same table has the same asset, however its destination is spelt. A name that stands for a place in several
    environments, as ``Asset("launchdarkly/service_connections")`` does, needs none of this.

    :param destination: as the operators take it, such as ``s3://aws_default@lake/launchdarkly``
    :param table: the table's name
    :raises UsageArgumentError: the destination or the table is invalid, or a template: it is rendered only when the
        task runs, and Airflow needs the asset when it reads the DAG
    """
    from airflow_provider_ldusage.compat import has_fs
    from airflow_provider_ldusage.lake.layout import check_table_name
    from airflow_provider_ldusage.lake.place import Place

    for name, value in (("destination", destination), ("table", table)):
        if "{{" in str(value) or "{%" in str(value):
            raise UsageArgumentError(
                f"{name}={shown(str(value))} is a template, which Airflow renders only when the task runs.",
                'Give the asset a name, Asset("launchdarkly/service_connections"), or declare AssetAlias(name="...") '
                "as the outlet: Airflow needs an asset when it reads the DAG, an alias only when the task runs.",
            )
    return asset_of(Place.of(destination, has_fs).uri, check_table_name(table))


def asset_of(lake: str, table: str) -> Asset:
    """Return the asset of a table.

    :param lake: the destination without its connection, see :attr:`.Place.uri`
    """
    from airflow_provider_ldusage.compat import Asset

    return Asset(quote(f"{lake}/{table}", safe=_PRINTABLE))  # Airflow up to 3.0 takes ASCII only
