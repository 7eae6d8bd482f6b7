"""What may be wrong when somebody looks at the page: each with what to do about it.

=================  ======  ================================================================
code               status  meaning
=================  ======  ================================================================
``no_lake``        404     Airflow does not know where the lake is
``unknown_lake``   404     no lake has this name
``no_report``      404     no report has written what the view shows
``unreadable``     502     the lake, or the object in it, cannot be read
``slow``           504     it is still being read
``newer_version``  409     a later version of the provider has written the object
``error``          500     anything else; the API server's log has it
=================  ======  ================================================================
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus

from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError
from airflow_provider_ldusage.log_text import shown

REPORT = "LaunchDarklyUsageReportOperator"
_WRITERS = {
    "bill": "It writes what this page shows, once its loads have figures.",
    "owners": "It writes what this page shows, once its loads have figures by project.",
    "health": "It writes what this page shows.",
    "hygiene": "It writes what this page shows, once sdk_versions_details or evaluations are loaded.",
}


@dataclass(eq=False)
class Problem(Exception):
    """Something that keeps the page from showing data.

    :param code: see above
    :param title: what is wrong, in a few words
    :param detail: more of it, and about what
    :param action: what to do
    """

    status: int
    code: str
    title: str
    detail: str
    action: str

    def to_json(self) -> dict[str, str]:
        """The body of the response."""
        return {name: value for name, value in asdict(self).items() if name != "status"}


def no_lake() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND, "no_lake", "No lake is configured",
        "Airflow does not know where the usage is.",
        "Set the Airflow Variable ldusage_destination to the lake's address, such as "
        "s3://aws_default@lake/launchdarkly, or the option [ldusage] lakes of Airflow's configuration.",
    )  # fmt: skip


def unknown_lake(name: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND, "unknown_lake", "There is no such lake",
        f"No lake has the name {shown(name)}.",
        "Choose one of the list. The option [ldusage] lakes of Airflow's configuration names them.",
    )  # fmt: skip


def no_report(uri: str, view: str) -> Problem:
    own_disk = uri.startswith("file://")
    return Problem(
        HTTPStatus.NOT_FOUND, "no_report", "There is no report yet",
        f"No report has written this view of {uri}.",
        f"Add a {REPORT} behind the loads of your DAG and run it. {_WRITERS[view]}"
        + (" If it has run, the API server may not have the workers' disk." if own_disk else ""),
    )  # fmt: skip


def unreadable(error: LaunchDarklyUsageError) -> Problem:
    about = f" ({error.about})" if error.about else ""
    return Problem(
        HTTPStatus.BAD_GATEWAY, "unreadable", "The lake cannot be read", f"{error.problem}{about}", error.remedy
    )


def slow(about: str, seconds: float) -> Problem:
    """:param about: what does not answer; empty if that cannot be told"""
    return Problem(
        HTTPStatus.GATEWAY_TIMEOUT, "slow", "There is no answer yet",
        f"{about or 'The lake'} has not answered for {seconds:.0f} seconds.",
        "Try again in a moment: it is still being read. If that does not help, look whether Airflow's API server can "
        "reach it.",
    )  # fmt: skip


def damaged(name: str) -> Problem:
    return Problem(
        HTTPStatus.BAD_GATEWAY, "unreadable", "The report cannot be read", f"{name} is damaged.",
        "Run the report's task again: it writes the object anew.",
    )  # fmt: skip


def newer_version(name: str) -> Problem:
    return Problem(
        HTTPStatus.CONFLICT, "newer_version", "The report is of a later version",
        f"A later version of airflow-provider-ldusage has written {name}.",
        "Install that version where Airflow's API server runs, and restart it.",
    )  # fmt: skip


def wrong_option(problem: str) -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", "The list of lakes cannot be read",
        f"[ldusage] lakes in Airflow's configuration {problem}.",
        'Give a JSON object of names with addresses: {"production": "s3://aws_default@lake/launchdarkly"}.',
    )  # fmt: skip


def unexpected(error: Exception) -> Problem:
    """Its text is for the log alone: nobody knows what is in it."""
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "error", "Something went wrong",
        f"The page failed with {type(error).__name__}.", "The log of Airflow's API server has more.",
    )  # fmt: skip
