"""`review`: pairs of stored texts for people to judge blind, and what they said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store
from fairviz.cli.options import Document
from fairviz.cli.output import counted, render, say, write_json, write_text
from fairviz.core.errors import FairvizError

if TYPE_CHECKING:
    from fairviz.analyses.review.request import Review

review = typer.Typer(no_args_is_help=True, help="Blind reviews: people judge stored texts.")


@review.command()
def make(
    name: Annotated[
        str, typer.Argument(help="Of the review. Reviewers see it: do not name the models in it.")
    ],
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]...",
            help="Of stored comparisons (run= in the address), or of outcomes of probes that "
            "write texts (outcome=).",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All stored comparisons, instead of keys.")
    ] = False,
    most: Annotated[int, typer.Option(help="Draw this many pairs; 0 takes all.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of that draw.")] = 0,
    sensitive: Annotated[
        bool, typer.Option(help="Blur the texts until the reviewer asks for them.")
    ] = False,
) -> None:
    """Make a review of stored pairs of texts; those whose two texts are equal are left out."""
    from fairviz.analyses.review.pairs import gather
    from fairviz.analyses.review.reviews import Reviews
    from fairviz.analyses.review.words import left_out

    store = Store()
    wanted = (
        [run.key for run in store.recent("comparison", sys.maxsize)] if everything else keys or []
    )
    found = gather(wanted, store=store, most=most, sensitive=sensitive, seed=seed)
    made = Reviews().make(name, found.items, left_out=found.left_out)
    say(f"{made.name}: {counted(len(made.items), 'pair')}")
    for line in left_out(found.left_out):
        say(f"  {line}")
    say(f"Open the page Blind review with ?review={made.name} in its address.")


@review.command(name="list")
def list_() -> None:
    """Every review, the newest first, with who has answered how much."""
    from fairviz.analyses.review.reviews import Reviews

    found = Reviews().recent()
    if not found:
        say("No reviews yet.")
    for one in found:
        say(f"{one.name}  {one.date}  {counted(len(one.items), 'pair')}")
        for log in one.logs:
            ended = "ended" if log.finished else "under way"
            say(f"  {log.reviewer}: {one.done(log)}/{len(one.items)}, {ended}")


@review.command()
def result(
    name: Annotated[str, typer.Argument(help="As `review list` shows it.")],
    json_file: Document = "",
    csv_file: Annotated[
        str, typer.Option("--csv", help="Write the answers to a file, one row each; - is stdout.")
    ] = "",
    history: Annotated[
        bool, typer.Option(help="In the CSV also the answers that were changed later.")
    ] = False,
) -> None:
    """What the reviewers said, models named. Whoever has seen it can no longer review blind."""
    from fairviz.analyses.review import export
    from fairviz.analyses.review.result import result as of

    loaded = _named(name)
    found = of(loaded)
    if json_file:
        write_json(export.document(found), json_file)
    if csv_file:
        write_text(export.rows(found, history=history), csv_file)
    if "-" not in (json_file, csv_file):
        render(ANALYSES["review"].present(loaded, audience="text"))


def _named(name: str) -> Review:
    from fairviz.analyses.review.reviews import Reviews

    found = Reviews().load(name)
    if found is None:
        raise FairvizError(
            f"There is no review named {name} that can be read.",
            fix="`review list` shows those that can.",
        )
    return found
