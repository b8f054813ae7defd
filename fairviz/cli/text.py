"""A presentation as a command prints it, and where its run is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fairviz.analyses.presentation import Presentation, Text
from fairviz.cli.output import frame, printable, table

if TYPE_CHECKING:
    from fairviz.analyses.runner import Answer

# Rows of a table that is longer; a file gets all of them.
_SHOWN = 10


def render(shown: Presentation, most: int = _SHOWN) -> None:
    """What was found first, then the numbers, then the limits; of tables the first `most` rows."""
    typer.echo(printable(shown.title))
    for title, value in shown.question:
        typer.echo(f"  {title}: {printable(value)}")
    typer.echo("")
    for text in shown.texts:
        typer.echo(f"{text.title}\n{_text(text)}\n")
    for sentence in shown.allowed:
        typer.echo(printable(sentence))
    if shown.numbers:
        typer.echo("")
        heads = ("", "value", "95 %", "p", "n")
        table(heads, [(n.title, n.value, n.interval, n.p, n.n) for n in shown.numbers])
    for part in shown.tables:
        typer.echo(f"\n{printable(part.caption)}")
        frame(part.frame.head(most))
        if len(part.frame) > most:
            typer.echo(f"and {len(part.frame) - most:,} more; --json lists them all")
    if shown.flags or shown.not_allowed:
        typer.echo("")
    for flag in shown.flags:
        typer.echo(printable(f"{flag.title}: {flag.meaning}"))
    for sentence in shown.not_allowed:
        typer.echo(printable(f"- {sentence}"))


def _text(text: Text) -> str:
    """A text as far as its pieces are listed; ‖ stands where it and the other part."""
    pieces = [piece.text for piece in text.chips]
    if text.parts_at is not None:
        pieces.insert(text.parts_at, "‖")
    return printable(text.prompt + "".join(pieces)) + ("…" if text.left else "")


def kept(answer: Answer) -> None:
    """Where the run is kept, on stderr: what is printed may be a file."""
    if answer.key:
        typer.echo(f"stored as {answer.key}; report it with: fairviz report {answer.key}", err=True)
    elif answer.unkept is not None:
        typer.echo(f"note: not stored. {answer.unkept.message} {answer.unkept.fix}", err=True)
