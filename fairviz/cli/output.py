"""How a command writes: text that no terminal obeys, tables, presentations, progress, JSON.

Tables and progress are drawn by rich on a terminal. Where nothing is drawn (a pipe, a file,
`NO_COLOR`), the same is plain text of which nothing is cut.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO
from unicodedata import category

import pandas as pd
import typer

from fairviz.analyses.called import Result, Several
from fairviz.analyses.presentation import Presentation, Text
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import plain

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """Told how much is done of how much (0 where nobody knows), and what is going on."""

    def __call__(self, done: int, of: int, words: str = "") -> None: ...


_NUMBER = re.compile(r"[-+−]?[\d,.]+(e[-+]?\d+)?( ?(%|B|[kMGT]B))?|–?")
_MOST_ROWS = 200
# Of a longer table of a presentation; a file gets all of them.
_SHOWN = 10
# Seconds between two lines on how far something is, in a log.
_EVERY = 30.0


def printable(text: str) -> str:
    """A model's text for a terminal: control characters, such as those of colour and
    cursor codes, are written out instead of obeyed."""
    return "".join(
        char if char.isprintable() or char == "\n" or category(char) == "Zs" else _code(char)
        for char in text
    )


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def say(text: str, *, err: bool = False) -> None:
    """A line on stdout, or on stderr, as `printable` writes it."""
    typer.echo(printable(text), err=err)


def counted(n: int, noun: str) -> str:
    """ "1 row", "1,200 rows": a number with a noun whose plural ends in s."""
    return f"{n:,} {noun if n == 1 else f'{noun}s'}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their headings, on stdout.

    Args:
        heads: One a column; all empty where the rows speak for themselves.
        rows: Numbers have four digits, numbers that are not there (None, NaN) are empty. A column
            of nothing but numbers stands to the right. On a terminal 200 rows are shown.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    right = [all(map(_NUMBER.fullmatch, column)) for column in zip(*cells, strict=True)]
    if _drawn(sys.stdout):
        _draw(heads, cells[:_MOST_ROWS], right)
        if len(cells) > _MOST_ROWS:
            typer.echo(f"and {len(cells) - _MOST_ROWS:,} more: a file or a pipe gets all of them")
        return
    lines = [list(heads), *cells] if any(heads) else cells
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right or [False] * len(line), strict=True)
        ]
        typer.echo("  ".join(padded).rstrip())


def frame(found: pd.DataFrame) -> None:
    """A data frame as `table` writes it, without its index."""
    table(
        [printable(str(name)) for name in found.columns],
        found.astype(object).where(found.notna(), None).itertuples(index=False, name=None),
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    return "" if value is None else printable(" ".join(str(value).split()))


def _draw(heads: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(heads))
    for head, number in zip(heads, right or [False] * len(heads), strict=True):
        drawn.add_column(Text(head), justify="right" if number else "left", overflow="fold")
    for line in cells:
        drawn.add_row(*map(Text, line))
    _console(sys.stdout).print(drawn)


@contextmanager
def progress(noun: str = "") -> Iterator[Progress]:
    """A bar on stderr while something runs; where stderr is no terminal, a line now and then.

    Args:
        noun: What is counted, such as `tokens`.

    Yields:
        What is told how far it is.
    """
    if not sys.stderr.isatty():
        yield _lines(noun)
        return
    from rich import progress as rich

    columns = (
        rich.SpinnerColumn(),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[count]}{task.description}", markup=False),
    )
    with rich.Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None, count="")

        def told(done: int, of: int, words: str = "") -> None:
            count = _count(done, of, noun)
            gap = ", " if count and words else ""
            bar.update(
                task,
                completed=done,
                total=of or None,
                count=count,
                description=f"{gap}{printable(words)}",
            )

        yield told


def _lines(noun: str) -> Progress:
    """For a log: the first line after half a minute, so that what is short says nothing."""
    last = time.monotonic()

    def told(done: int, of: int, words: str = "") -> None:
        nonlocal last
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            say(", ".join(filter(None, (_count(done, of, noun), words))), err=True)

    return told


def _count(done: int, of: int, noun: str) -> str:
    return f"{done:,} of {of:,}{f' {noun}' if noun else ''}" if of else ""


def _drawn(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        force_terminal=stream.isatty(),
        color_system="auto" if _drawn(stream) else None,
        highlight=False,
        emoji=False,
        markup=False,
    )


def write_json(document: object, target: str) -> None:
    """A document as JSON in a file; `-` is stdout.

    Raises:
        FairvizError: If the file cannot be written.
    """
    write_text(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n", target)


def write_text(text: str, target: str) -> None:
    """A document that was written out, in a file; `-` is stdout.

    Raises:
        FairvizError: If the file cannot be written.
    """
    if target == "-":
        sys.stdout.buffer.write(text.encode())  # UTF-8, whatever the terminal is
    else:
        write_file(target, text)


def write_file(target: str, content: str | bytes) -> None:
    """A text (UTF-8) or bytes in a file that may be there already.

    Raises:
        FairvizError: If it cannot be written.
    """
    try:
        Path(target).write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise FairvizError(
            f"{target} cannot be written ({error.strerror}).", fix="Name another file."
        ) from error


def render(shown: Presentation, most: int = _SHOWN) -> None:
    """What was found first, then the numbers, then the limits; of tables the first `most` rows."""
    say(shown.title)
    for title, value in shown.question:
        say(f"  {title}: {value}")
    if shown.finding is not None:
        say(f"\n{shown.finding.sentence} ({shown.finding.trusted})")
    say("")
    for text in shown.texts:
        say(f"{text.title}\n{_text(text)}\n")
    for sentence in shown.allowed:
        say(sentence)
    if shown.numbers:
        say("")
        heads = ("", "value", "95 %", "p", "n")
        table(heads, [(n.title, n.value, n.interval, n.p, n.n) for n in shown.numbers])
    for part in shown.tables:
        say(f"\n{part.caption}")
        frame(part.frame.head(most))
        if len(part.frame) > most:
            say(f"and {len(part.frame) - most:,} more; --json lists them all")
    if shown.flags or shown.not_allowed:
        say("")
    for flag in shown.flags:
        say(f"{flag.title}: {flag.meaning}")
    for sentence in shown.not_allowed:
        say(f"- {sentence}")


def _text(text: Text) -> str:
    """A text as far as its pieces are listed; ‖ stands where it and the other part."""
    pieces = [piece.text for piece in text.chips]
    if text.parts_at is not None:
        pieces.insert(text.parts_at, "‖")
    return text.prompt + "".join(pieces) + ("…" if text.left else "")


def tell(
    found: Result[Any],
    json_file: str,
    document: Callable[[Result[Any]], Mapping[str, Any]],
    shown: Presentation,
    most: int = _SHOWN,
) -> None:
    """What came out: as a document in a file, as text where that is not stdout.

    Where it is kept is said on stderr: what is printed may be a file.

    Args:
        document: Of the result, or of one form of several.
    """
    several = found if isinstance(found, Several) else None
    each = (found,) if several is None else several.forms
    if json_file:
        written = [{**document(one), "key": one.key} for one in each]
        write_json(written[0] if several is None else _together(several, written), json_file)
    if json_file != "-":
        render(shown, most)
    for form, error in several.refused.items() if several else ():
        say(f"not measured: {form}: {error}", err=True)
    keys = " ".join(one.key for one in each if one.key)
    if keys:
        them = "it" if several is None else "them"
        say(f"stored as {keys}; report {them} with: fairviz report {keys}", err=True)
    for one in each:
        if one.unkept is not None:
            say(f"note: not stored. {one.unkept.message} {one.unkept.fix}", err=True)


def _together(found: Several[Any], forms: list[dict[str, Any]]) -> dict[str, Any]:
    """Several forms as one document: their table, and what was measured of each."""
    refused = {form: str(error) for form, error in found.refused.items()}
    table = plain(found.to_frame().astype(object).to_dict("records"))
    return {"table": table, "forms": forms, "refused": refused}
