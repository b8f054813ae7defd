"""`report`: stored runs as one HTML file and as a bundle, and a bundle opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairviz.cli.output import counted, say, write_file
from fairviz.core.errors import BadSpec, BadText
from fairviz.i18n import LANGUAGES

if TYPE_CHECKING:
    from fairviz.report.bundle import Opened


def report(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY",
            help="Key of a comparison, reading, audit or probe (in the address of its page, and "
            "its folder's name in the cache); tables:ADDRESS is a view of the tables, "
            "review:NAME a blind review.",
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            help="Write the report to this HTML file; by default it is named after the KEY."
        ),
    ] = "",
    bundle: Annotated[
        str, typer.Option(help="Write it with its runs to this file, e.g. findings.fairviz.zip.")
    ] = "",
    title: Annotated[str, typer.Option(help="The report's title.")] = "",
    note: Annotated[str, typer.Option(help="Markdown that stands first in it.")] = "",
    name: Annotated[
        str,
        typer.Option(help="Keep it under this name; one that is there already gets the KEYs too."),
    ] = "",
    lang: Annotated[str, typer.Option(help=f"Its language: {' or '.join(LANGUAGES)}.")] = "",
    open_file: Annotated[
        str, typer.Option("--open", help="First open this bundle into the cache.")
    ] = "",
) -> None:
    """Stored runs as one self-contained HTML file, and as a bundle that any fairviz opens."""
    if not (keys or name or open_file):
        raise BadSpec("No run is named.", fix="Give the KEY of a run, --name or --open.")
    if keys and not (out or bundle or name or open_file):
        out = f"fairviz-{re.sub(r'[^A-Za-z0-9]+', '-', keys[0])[:60]}.html"
    if lang and lang not in LANGUAGES:
        raise BadSpec(f"--lang is {lang!r}.", fix=f"Say {' or '.join(LANGUAGES)}.")
    opened = _open(Path(open_file)) if open_file else None
    from fairviz.report.make import made as report_of

    made = report_of(
        keys or (),
        opened=None if opened is None else opened.report,
        title=title,
        note=note,
        name=name,
        language=lang,
    )
    if out:
        from fairviz.report.html.page import page
        from fairviz.report.runs import sections

        found = sections(made)
        write_file(out, page(made, found))
        for part, section in zip(made.parts, found, strict=True):
            if section.facts.missing:
                say(f"  not here: {part.kind} {part.title or part.key}", err=True)
        say(f"{out}: {counted(len(made.parts), 'part')}")
    if bundle:
        from fairviz.report.bundle import pack

        packed = pack(made)
        write_file(bundle, packed.content)
        for part in packed.missing:
            say(f"  left out: {part.kind} {part.title or part.key}", err=True)
        say(f"{bundle}: {counted(len(packed.content), 'byte')}")


def _open(path: Path) -> Opened:
    from fairviz.report.bundle import unpack

    try:
        stream = path.open("rb")
    except OSError as error:
        raise BadText(
            f"{path} cannot be read ({error.strerror}).", fix="Name a bundle that exists."
        ) from error
    with stream:
        opened = unpack(stream)
    say(
        f"{opened.report.title}: {counted(len(opened.placed), 'run')} opened, "
        f"{len(opened.kept)} here already; the report is named {opened.report.name}"
    )
    for place in opened.other:
        say(f"  {place} is here with other content, which was kept and is shown", err=True)
    return opened
