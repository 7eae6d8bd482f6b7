"""``ldusage``: looks at lakes, connections and the catalogue from a shell. It changes nothing but files of its own.

Exit codes: 0; 1 if something does not work or is behind, or a lake or connection cannot be read; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from airflow_provider_ldusage import __version__
from airflow_provider_ldusage.cli import check, ddl, examples, metrics, status, tables
from airflow_provider_ldusage.cli.output import Result, error_text, json_text, pairs_text
from airflow_provider_ldusage.exceptions import LaunchDarklyUsageError, UsageArgumentError

COMMANDS = {"metrics": metrics, "tables": tables, "status": status, "ddl": ddl, "check": check, "examples": examples}
FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """One line for an error, in place of the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser that tells the commands apart, and leaves what follows to :func:`command_parser`."""
    abouts = pairs_text({f"  {name}": _about(name) for name in COMMANDS})
    made = _Parser(
        prog="ldusage",
        usage="ldusage [-h] [--version] COMMAND ...",
        description="LaunchDarkly usage: what can be loaded, and what a lake holds.",
        epilog=f"commands:\n{abouts}\n\nldusage COMMAND --help tells what a command takes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"ldusage {__version__}")
    made.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    made.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return made


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command's own arguments. Use its ``parse_intermixed_args``: names may follow options."""
    command = COMMANDS[name]
    made = _Parser(
        prog=f"ldusage {name}", usage=f"ldusage {name} {command.USAGE} [OPTION ...]",
        description=_about(name),
    )  # fmt: skip
    command.arguments(made)
    made.add_argument("--json", action="store_true", help="print JSON in place of text")
    return made


def _about(name: str) -> str:
    return (COMMANDS[name].__doc__ or "").partition("\n")[0].partition(": ")[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    :param arguments: None: those of the process
    :return: the exit code
    """
    _quiet_airflow()
    chosen = parser().parse_args(arguments)
    given = command_parser(chosen.command).parse_intermixed_args(chosen.rest)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what Airflow says does not belong into the result
            result: Result = COMMANDS[chosen.command].run(given)
        print(json_text(result.data) if given.json else result.text, flush=True)
        return result.code
    except LaunchDarklyUsageError as error:
        print(f"ldusage: {error_text(error)}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, UsageArgumentError) else FAILED
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader of a pipe has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"ldusage: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _quiet_airflow() -> None:
    """Airflow logs and warns when it is imported, of what has nothing to do with the command."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
