"""`fairviz run`: the dashboard, for its owner alone or shown to others."""

from __future__ import annotations

import os
import socket
import sys
from typing import Annotated

import typer

from fairviz.cli.output import say
from fairviz.core.errors import FairvizError
from fairviz.core.home import HOME
from fairviz.serving import sharing as settings

APP = HOME / "app.py"


def run(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="On which the dashboard listens.")] = 8501,
    share: Annotated[
        bool,
        typer.Option(
            "--share",
            help="Show it to others on the network: they sign in with the password in "
            "FAIRVIZ_PASSWORD, see what stands in the reports you name, and change nothing.",
        ),
    ] = False,
    address: Annotated[
        str,
        typer.Option(help="On which it listens; with --share all of this machine's by default."),
    ] = "",
    host: Annotated[
        list[str] | None,
        typer.Option(help="A name more that it answers to, such as that of a proxy; repeat it."),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(help="A report that is shown, `*` for any characters. Repeat it."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model or folder that may be shown, `*` for any characters; the bundled ones "
            "by default. Repeat it."
        ),
    ] = None,
    tokens: Annotated[
        int,
        typer.Option(
            min=0,
            help="That a visitor may have written in an hour on the page Compare; 0 computes "
            "nothing.",
        ),
    ] = 0,
    unprotected: Annotated[
        bool,
        typer.Option(
            "--unprotected",
            help="Let whoever reaches the address do all that you can do. Only where another "
            "lock stands before it.",
        ),
    ] = False,
) -> None:
    """Start the dashboard. Options of Streamlit's own stand after `--`."""
    if not APP.is_file():
        raise FairvizError(
            f"There is no {APP}.",
            fix="Install fairviz again, or run this from a clone of its repository.",
        )
    said = {
        settings.HOSTS: host,
        settings.REPORTS: report,
        settings.MODELS: model,
        settings.SHARE: ["1"] if share else None,
        settings.UNPROTECTED: ["1"] if unprotected else None,
        settings.TOKENS: [str(tokens)] if tokens else None,
    }
    environ = {**os.environ, **{name: ",".join(words) for name, words in said.items() if words}}
    shared = settings.sharing(environ)
    where = address or ("0.0.0.0" if shared else "localhost")
    settings.check_address(where, environ)
    if shared:
        say(_shown(shared), err=True)
    # Modules of the folder where it is started do not take the place of ours.
    command = ["-P", "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    if where == "0.0.0.0":  # else Streamlit asks a website what its address is, to print it
        named = [one for one in host or () if "*" not in one]
        command += ["--browser.serverAddress", (named or [socket.gethostname()])[0]]
    os.execve(
        sys.executable,
        [sys.executable, *command, "--server.address", where, *context.args],
        environ,
    )


def _shown(shared: settings.Sharing) -> str:
    """What visitors will see, for its owner to check."""
    reports = ", ".join(shared.reports) or "none yet, name them with --report"
    asks = f"at most {shared.tokens:,} tokens an hour each" if shared.tokens else "nothing"
    return (
        f"fairviz: shared. Reports: {reports}. Models: {', '.join(shared.models)}; runs of other "
        f"models are not shown. Visitors may compute: {asks}."
    )
