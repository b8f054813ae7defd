"""Minimal pairs: which of two sentences that differ in whom they name is likelier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fairviz.core.errors import BadSpec
from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _
from fairviz.probes import languages, pair_files
from fairviz.probes.pair_formats import NOTHING_SHARED
from fairviz.probes.pair_sums import How, measured
from fairviz.probes.preferences import outcome
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.unmeasured import nothing_left, without

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.models.pair import Pair

SCORE = Setting(
    "score",
    "whole",
    N_("What is compared"),
    N_(
        "Which tokens are compared: whole, all of both sentences, as lm-evaluation-harness "
        "does; shared, those that both have in common after the first difference, after "
        "CrowS-Pairs' authors (Nangia et al. 2020)."
    ),
    {
        "whole": N_("Whole sentences (lm-evaluation-harness)"),
        "shared": N_("Tokens in common after the change (Nangia et al.)"),
    },
)
LENGTH = Setting(
    "length",
    "sum",
    N_("Compared by"),
    N_("What is compared: the sum of log-probabilities, or the mean per token."),
    {"sum": N_("Sum of ln p"), "token": N_("Mean ln p per token")},
)
ODD = Setting(
    "odd",
    "keep",
    N_("Pairs with a defect"),
    N_("Pairs with an empty sentence, two equal ones or nothing to compare: keep or leave_out."),
    {"keep": N_("Keep them"), "leave_out": N_("Leave them out")},
)
BEFORE = Setting(
    "before",
    "",
    N_("Text before both sentences"),
    N_("A text put before both sentences, such as </s>."),
)
LANGUAGE = languages.of_bundled(N_("Of the bundled pairs: fr, en, or nothing for both."))


def bundled(*, language: str = "") -> Items:
    """The project's own pairs, French and English; see ITEMS.md."""
    path = Path(__file__).with_name("pairs.csv")
    return languages.in_language(pair_files.read(path.read_bytes(), path.name), language)


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Pairs from a file; see `pair_files.read`."""
    return pair_files.read(content, name, second)


def run(
    pair: Pair,
    items: Items,
    told: Callable[[Step], None],
    *,
    score: str = "whole",
    length: str = "sum",
    odd: str = "keep",
    before: str = "",
) -> Outcome:
    """Both sentences of every pair under both models.

    Args:
        pair: The two models.
        items: Pairs, as `bundled` or `read` give them.
        told: Told the finished pairs.
        score: Compare the `whole` sentences, as lm-evaluation-harness does, or the `shared`
            tokens after the first difference, after Nangia et al. 2020; see `pair_sums`.
        length: Compare sums of log-probabilities, or means per token.
        odd: `keep` counts pairs with an empty sentence (log-probability 0), equal ones and those
            with nothing to compare (ties, not preferred) like the published figures;
            `leave_out` drops them.
        before: A text put before both sentences, such as `</s>`.

    Raises:
        BadSpec: If no pair is left.
    """
    how = How(score, length, before)
    lost: list[Skip] = []
    table = measured(pair, _left(items.rows, items, odd), told, how, lost)
    if table.empty:
        raise nothing_left(items.source, lost)
    if score == "shared":
        bare = (table["tokens_more"] == 0) & (table["wart"] == "")
        table["wart"] = table["wart"].mask(bare, NOTHING_SHARED)
    return without(outcome(_left(table, items, odd), items, how), lost)


def _left(table: pd.DataFrame, items: Items, odd: str) -> pd.DataFrame:
    kept = table if odd == "keep" else table[table["wart"] == ""]
    if kept.empty:
        raise BadSpec(
            _("No pair of {source} is left.", source=items.source), fix=_("Choose another file.")
        )
    return kept.reset_index(drop=True)


MINIMAL_PAIRS = Probe(
    name="minimal_pairs",
    title=N_("Minimal pairs"),
    question=N_(
        "Of two sentences that differ in whom they name, does a model find the more "
        "stereotyping one likelier?"
    ),
    cannot=N_(
        "A preference also holds how often each word is written at all, and how the tokenizer "
        "cuts it; pairs written by a few people do not cover a stereotype, and what a model finds "
        "likely is not yet what it writes. The score of CrowS-Pairs' authors is made for models "
        "that read both ways: one that reads from left to right sees the change in what comes "
        "after it only."
    ),
    item=N_(
        "ln p of the sentence with the first words in brackets minus ln p of the other, over the "
        "tokens that are compared: above 0 the first is likelier."
    ),
    paper=N_(
        "after Nangia et al. 2020, CrowS-Pairs (https://aclanthology.org/2020.emnlp-main.154), "
        "and Névéol et al. 2022, French CrowS-Pairs (https://aclanthology.org/2022.acl-long.583)"
    ),
    benchmark="",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=N_(
        "a table (CSV, TSV, JSONL, Parquet) of two sentences a row, CrowS-Pairs in any "
        "language, WinoBias (both directions), WinoGender, StereoSet"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings=(SCORE, LENGTH, ODD, BEFORE, LANGUAGE),
    second=N_("WinoBias: the file of the other direction; else the same pairs in another language"),
    tables={
        "directions": N_("Directions"),
        "subjects": N_("Subjects"),
    },
)
