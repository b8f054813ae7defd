"""Stored generations: two files of answers to the same prompts, the most different ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from fairviz.core.setting import Setting
from fairviz.i18n import N_
from fairviz.lexicons import BUNDLED, Group, Lexicon, bundled, language_of, matches, of_words
from fairviz.metrics.traces import BOTH
from fairviz.probes import languages
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.rows import Row
from fairviz.probes.stored.differing import differing
from fairviz.probes.stored.reading import read
from fairviz.probes.stored.summary import outcome

# Answers between two steps.
_BATCH = 50


def run(
    pair: None,
    items: Items,
    told: Callable[[Step], None],
    *,
    words: str = "",
    language: str = "",
) -> Outcome:
    """Where the answers differ, and how often they hold words of the lists.

    `baseline` and `compressed` of an item are how many words of the lists its answer holds;
    `flip` is whether one answer has some and the other none.

    Raises:
        BadLexicon: If `words` names no list and lists no word.
    """
    import pandas as pd

    lexicons = _lexicons(words)
    listed = {_title(group): group for lexicon in lexicons for group in lexicon.groups}
    done: list[Row] = []
    told_of = 0
    counts = {side: np.zeros((len(items.rows), len(listed))) for side in BOTH}
    for number, row in enumerate(items.rows.to_dict("records")):
        answers = [str(row[f"{side}_answer"]) for side in BOTH]
        spoken = language or language_of(" ".join([str(row["prompt"]), *answers]))
        compared: Row = {str(name): value for name, value in row.items()}
        for side, answer in zip(BOTH, answers, strict=True):
            hits: Counter[str] = Counter()
            for lexicon in lexicons:
                hits.update({_title(one): n for one, n in matches(answer, lexicon, spoken).items()})
            counts[side][number] = [hits[title] for title in listed]
            compared |= {side: hits.total(), f"{side}_words": len(answer.split())}
        where = differing(*answers)
        compared |= {
            "different": where.share,
            "same": where.share == 0,
            "baseline_marks": where.baseline,
            "compressed_marks": where.compressed,
        }
        done.append(compared)
        if len(done) % _BATCH == 0 or len(done) == len(items.rows):
            told(Step(len(done), len(items.rows), pd.DataFrame(done[told_of:])))
            told_of = len(done)
    table = pd.DataFrame(done)
    table["shift"] = table["compressed"] - table["baseline"]
    table["flip"] = (table["baseline"] > 0) != (table["compressed"] > 0)
    return outcome(table, counts, listed)


def _lexicons(words: str) -> list[Lexicon]:
    names = words.split() if words.strip() else list(BUNDLED)
    if all(name in BUNDLED for name in names):
        return [bundled(name) for name in names]
    return [of_words(words)]


def _title(group: Group) -> str:
    return f"{group.category}: {group.group}"


STORED = Probe(
    name="stored",
    title=N_("Stored answers"),
    question=N_("What do two files of answers to the same prompts say differently?"),
    cannot=N_(
        "Which of two answers is right, and whether they differ by compression or by sampling: "
        "the files do not say how they were made."
    ),
    item=N_("how many words of the lists the answer holds."),
    paper="",
    benchmark="",
    dimension="degeneration",
    models=False,
    sensitive=True,
    formats=N_(
        "two CSV, JSON Lines or Parquet files with a prompt and an answer a row, or one with "
        "the columns prompt, baseline and compressed"
    ),
    bundled=None,
    read=read,
    run=run,
    settings=(
        Setting(
            "words",
            "",
            N_("Words of your own"),
            N_(
                "Word lists: gender, groups, sentiment, or own words with commas; empty is all of "
                "the project's."
            ),
        ),
        languages.of_texts(N_("fr or en; empty finds it out for every item.")),
    ),
    second=N_("the compressed model's answers"),
    tables={
        "prompts": N_("By category of prompts"),
    },
)
