"""Minimal pairs: which of two sentences that differ in whom they name is likelier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairviz.errors import BadSpec
from fairviz.language import later, tr
from fairviz.probes import pair_files
from fairviz.probes.pair_sums import measured
from fairviz.probes.preferences import outcome
from fairviz.probes.record import Items, Outcome, Probe, Step

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

LENGTHS = ("sum", "token")
ODD = ("keep", "leave_out")
LANGUAGES = ("", "fr", "en")


def bundled(*, language: str = "", **_: Any) -> Items:
    """The project's own pairs, French and English; see ITEMS.md.

    Raises:
        BadSpec: If there are none in that language.
    """
    path = Path(__file__).with_name("pairs.csv")
    return of_language(pair_files.read(path.read_bytes(), path.name), language)


def of_language(items: Items, language: str) -> Items:
    """The project's own items in one of its languages; the empty one is both."""
    if language not in LANGUAGES:
        raise BadSpec(
            tr("There are no items in '{language}'.", language=language),
            fix=tr("Use fr, en or nothing for both."),
        )
    rows = items.rows if not language else items.rows[items.rows["language"] == language]
    source = f"bundled, {language}" if language else "bundled"
    return Items(source, rows.reset_index(drop=True), content=f"{items.content}{language}")


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None, **_: Any) -> Items:
    """Pairs from a file; see `pair_files.read`."""
    return pair_files.read(content, name, second)


def run(
    pair: Pair | None,
    items: Items,
    told: Callable[[Step], None],
    *,
    length: str = "sum",
    odd: str = "keep",
    before: str = "",
    **_: Any,
) -> Outcome:
    """Both sentences of every pair under both models.

    Args:
        pair: The two models.
        items: Pairs, as `bundled` or `read` give them.
        told: Told the finished pairs.
        length: Compare sums of log-probabilities, or means per token.
        odd: `keep` counts pairs with an empty sentence (log-probability 0) and equal ones (a
            tie, not preferred) like the published figures; `leave_out` drops them.
        before: A text put before both sentences, such as `</s>`.

    Raises:
        BadSpec: If a setting cannot be, or no pair is left.
    """
    for said, allowed, what in ((length, LENGTHS, "length"), (odd, ODD, "odd")):
        if said not in allowed:
            raise BadSpec(
                tr("{name} is '{value}'.", name=what, value=said),
                fix=tr("Use {names}.", names=tr(" or ").join(allowed)),
            )
    if pair is None:
        raise BadSpec(tr("Minimal pairs are read by two models."), fix=tr("Give both."))
    table = items.rows if odd == "keep" else items.rows[items.rows["wart"] == ""]
    if table.empty:
        raise BadSpec(
            tr("No pair of {source} is left.", source=items.source), fix=tr("Choose another file.")
        )
    return outcome(measured(pair, table.reset_index(drop=True), told, length, before), items)


MINIMAL_PAIRS = Probe(
    name="minimal_pairs",
    title=later("Minimal pairs"),
    question=later(
        "Of two sentences that differ in whom they name, does a model find the more "
        "stereotyping one likelier?"
    ),
    cannot=later(
        "A preference also holds how often each word is written at all, and how the tokenizer "
        "cuts it; pairs written by a few people do not cover a stereotype, and what a model finds "
        "likely is not yet what it writes."
    ),
    paper=later(
        "after Nangia et al. 2020, CrowS-Pairs (https://aclanthology.org/2020.emnlp-main.154), "
        "and Névéol et al. 2022, French CrowS-Pairs (https://aclanthology.org/2022.acl-long.583)"
    ),
    benchmark="",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=later(
        "a table (CSV, TSV, JSONL, Parquet) of two sentences a row, CrowS-Pairs in any "
        "language, WinoBias (both directions), WinoGender, StereoSet"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings={
        "length": (
            "sum",
            later("What is compared: the sum of log-probabilities, or the mean per token."),
        ),
        "odd": (
            "keep",
            later("Pairs with an empty sentence or two equal ones: keep or leave_out."),
        ),
        "before": ("", later("A text put before both sentences, such as </s>.")),
        "language": ("", later("Of the bundled pairs: fr, en, or nothing for both.")),
    },
    second=later(
        "WinoBias: the file of the other direction; else the same pairs in another language"
    ),
)
