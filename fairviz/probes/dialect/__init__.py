"""Dialect: how much harder a model finds one variety of a language, before and after.

Perplexity is exp of the mean surprisal per unit. Tokens are no fair unit between varieties: a
tokenizer made for one cuts the other into more pieces, each easier. So surprisal is counted per
character, per word and per token of the text, and characters lead. Varieties are compared by the
ratio of their perplexities, whose logarithm is the difference of their surprisals.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.core import skips
from fairviz.core.errors import EmptyPrompt
from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _, speaking
from fairviz.inference.pair_scoring import encode
from fairviz.inference.scoring import score
from fairviz.inference.unread import why
from fairviz.metrics.traces import BOTH
from fairviz.probes.dialect.reading import read
from fairviz.probes.dialect.summary import outcome
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.unmeasured import nothing_left, without

if TYPE_CHECKING:
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary


def run(
    pair: Pair, items: Items, told: Callable[[Step], None], *, unit: str = "character"
) -> Outcome:
    """Score every document under both models.

    Without a beginning-of-text token the first token of a document is only context; its
    characters are not counted.

    Raises:
        EmptyPrompt: If a corpus has no document of two tokens.
    """
    import pandas as pd

    kept, texts, lost = [], [], []
    for row in items.rows.to_dict("records"):
        try:
            with speaking("en"):  # the reason is kept
                texts.append(encode(pair, str(row["text"])))
        except EmptyPrompt as error:
            lost.append(skips.of_error(str(row["id"]), error))
        else:
            part = scored(pair.baseline.vocabulary, str(row["text"]), texts[-1])
            size = {"characters": max(len(part), 1), "words": max(len(part.split()), 1)}
            kept.append({**{str(name): value for name, value in row.items()}, **size})
    corpora = dict.fromkeys(items.rows["group"])
    empty = [one for one in corpora if all(row["group"] != one for row in kept)]
    if empty:
        raise EmptyPrompt(
            _("No document of {corpus} has two tokens.", corpus=empty[0]),
            fix=_("Give longer documents."),
        )
    finished: dict[int, dict[str, Any]] = {}
    read_so_far = score(
        pair.baseline.reader,
        pair.compressed.reader,
        texts,
        width=pair.vocabulary_size,
        bos_id=pair.baseline.vocabulary.bos_id,
        k=1,
        on_batch=lambda done, of: told(Step(done, of)),
    )
    for number, found in read_so_far:
        sums = {side: float(np.sum(getattr(found, side).log_prob)) for side in BOTH}
        if not found.finite:
            numbers = (math.isfinite(sums[side]) for side in BOTH)
            lost.append(Skip(str(kept[number]["id"]), why(pair, texts[number], *numbers)))
            continue
        surprisals = {f"{side}_surprisal": -sums[side] for side in BOTH}
        finished[number] = {**kept[number], "tokens": len(found.kl), **surprisals}
    rows = pd.DataFrame([finished[number] for number in sorted(finished)])
    if rows.empty or not set(corpora) <= set(rows["group"]):
        raise nothing_left(items.source, lost)
    return without(outcome(rows, unit), lost)


def scored(vocabulary: Vocabulary, text: str, ids: list[int]) -> str:
    """What of a document has a probability, as the document writes it.

    That is all of it behind a beginning-of-text token, else what comes after the first token.
    Tokens read back can hold more characters than the document: SentencePiece puts a space
    before the first word.
    """
    if vocabulary.bos_id is not None:
        return text
    (first,) = vocabulary.texts(ids[:1])
    return text[len(first if text.startswith(first) else first.lstrip()) :]


DIALECT = Probe(
    name="dialect",
    title=N_("Dialect"),
    question=N_("Does compression make one variety of a language harder than another?"),
    cannot=N_(
        "Corpora that say different things differ in more than their dialect: only documents "
        "aligned by id speak of dialect alone. How well a model serves people is not shown."
    ),
    item=N_("surprisal of the document in nats, per unit."),
    paper=N_(
        "After the dialect corpora of Xu et al. 2024, Beyond Perplexity "
        "(https://arxiv.org/abs/2407.04965)"
    ),
    benchmark="perplexity",
    dimension="dialect",
    models=True,
    sensitive=False,
    formats=N_(
        "two text files (documents between empty lines, or one a line), or CSV, JSON Lines or "
        "Parquet with the column text, id where documents are aligned, and corpus in a single file"
    ),
    bundled=None,
    read=read,
    run=run,
    settings=(
        Setting(
            "unit",
            "character",
            N_("Counted per"),
            N_("What surprisal is counted per: character, word or token."),
            {"character": N_("Character"), "word": N_("Word"), "token": N_("Token")},
        ),
    ),
    second=N_("the other corpus; the first is what it is compared with"),
    tables={
        "gaps": N_("Gaps between the varieties"),
        "perplexities": N_("Perplexities"),
    },
)
