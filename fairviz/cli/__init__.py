"""The same jobs without a browser."""

from __future__ import annotations

import io
import sys
from signal import SIGTERM
from typing import Annotated

import typer

from fairviz import __version__
from fairviz.cli.attributing import attribute
from fairviz.cli.caching import cache, warning
from fairviz.cli.compressing import compare_forms, compress, evenness, list_methods
from fairviz.cli.gating import gate
from fairviz.cli.measuring import audit, compare, list_tasks, score
from fairviz.cli.output import say, table
from fairviz.cli.probing import WithSettings, list_probes, probe
from fairviz.cli.reporting import report
from fairviz.cli.reviewing import review
from fairviz.cli.running import run
from fairviz.cli.tables import tables
from fairviz.cli.verifying import verify
from fairviz.core.errors import FairvizError
from fairviz.core.process import Terminated, end, hearing, raise_limit
from fairviz.core.stored import advice, check_cache_folder

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What compression does to a language model, token by token. Without a command, the "
    "dashboard.",
)
# Commands after which the cache may be larger than it was.
_STORING = {
    "compare",
    "score",
    "audit",
    "probe",
    "attribute",
    "compress",
    "compare-forms",
    "evenness",
    "gate",
    "report",
    "review",
    "tables",
}


def main() -> None:
    """Run a command, and end with one of the exit codes that docs/command-line.md lists.

    What a person can mend is one line on stderr and 2, Ctrl-C is 130, SIGTERM is 143.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no "é" shows its number rather than ending the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        raise_limit()
        with hearing():
            code = app(standalone_mode=False)
    except Terminated:
        say("stopped", err=True)
        end(SIGTERM)  # at once: torch takes seconds to be taken down, and may abort on the way
    except FairvizError as error:
        raise SystemExit(_refuse(str(error))) from None
    except Exception as error:
        refused = advice(error) if isinstance(error, OSError) else None
        # Typer keeps its usage errors to itself; this is what all of them have.
        words = str(refused) if refused else getattr(error, "format_message", lambda: "")()
        if not words:
            raise
        raise SystemExit(_refuse(words)) from None
    if not code and sys.argv[1:2] and sys.argv[1] in _STORING and (words := warning()):
        say(f"note: {words}", err=True)
    if code == 130:
        say("stopped", err=True)
    raise SystemExit(code)


def _refuse(words: str) -> int:
    say(f"error: {' '.join(words.split())}", err=True)
    return 2


def _version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand != "doctor":  # which tells of it among the rest
        check_cache_folder()
    if context.invoked_subcommand is None:
        run(context)


app.command(context_settings={"allow_extra_args": True})(run)
app.command()(compare)
app.command()(score)
app.command()(audit)
app.command("tasks")(list_tasks)
app.command()(compress)
app.command("compare-forms")(compare_forms)
app.command()(evenness)
app.command("methods")(list_methods)
app.command(cls=WithSettings)(probe)
app.command("probes")(list_probes)
app.command()(attribute)
app.command()(gate)
app.command()(report)
app.command()(verify)
app.add_typer(tables, name="tables")
app.add_typer(review, name="review")
app.add_typer(cache, name="cache")


@app.command()
def doctor() -> None:
    """What this machine can run, and what is missing."""
    from fairviz.cli.doctor import examine

    findings = examine()
    rows = []
    for finding in findings:
        rows.append(("ok" if finding.ok else "NO", finding.name, finding.detail))
        if finding.fix:
            rows.append(("", "", finding.fix))
    table(("", "", ""), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
