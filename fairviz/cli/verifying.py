"""`verify`: whether a report or a bundle is what was written, and its numbers those of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairviz.cli.gating import FAILED
from fairviz.cli.output import progress, table
from fairviz.core.text_file import content_of


def verify(
    file: Annotated[Path, typer.Argument(help="A report's HTML file, or a bundle.")],
    bundle: Annotated[
        Path | None,
        typer.Option(help="The report's bundle, whose runs stand for those of this cache."),
    ] = None,
) -> None:
    """Whether a report or a bundle is as fairviz wrote it; exit code 3 where it is not."""
    from fairviz.report.verify import verify as checks

    runs = content_of(bundle) if bundle else b""
    with progress("items") as told:
        found = list(checks(content_of(file), runs, told))
    words = {True: "ok", False: "NO", None: "?"}
    table(("", ""), [(words[one.holds], one.words) for one in found])
    if any(one.holds is False for one in found):
        raise typer.Exit(FAILED)
