"""StereoSet: is the stereotype likelier than its opposite, and both than nonsense?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, cast

import numpy as np

from fairviz.core import skips
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.i18n import N_, _, said
from fairviz.metrics.traces import BOTH
from fairviz.probes import sentences
from fairviz.probes.pair_text import marked, shared
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.sentences import Read
from fairviz.probes.stereoset.reading import INTRASENTENCE, contexts
from fairviz.probes.stereoset.scores import SENTENCES, outcome

if TYPE_CHECKING:
    from collections.abc import Generator

    from fairviz.models.pair import Pair

# Read sentences between two steps.
_BATCH = 128


class NoContexts(FairvizError):
    """A file without a context that the chosen task has."""


def read(content: bytes, name: str, *, task: str = INTRASENTENCE) -> Items:
    """The contexts of one task, with all three of their sentences.

    Returns:
        Items with `id`, `group` (the kind of bias), `target`, `context`, `before` (read, not
        scored), `stereotype`, `anti`, `unrelated`, `text` and `prompt`.

    Raises:
        NoContexts: If the file is not StereoSet's, or has nothing of that task.
        FairvizError: If it cannot be read.
    """
    import pandas as pd

    found = contexts(content, name)
    if found is None:
        raise NoContexts(
            _("{name} is not StereoSet's.", name=name),
            fix=_(
                "Give its JSON (data, intrasentence, intersentence), or rows of the Hub with "
                "context, bias_type, target and sentences."
            ),
        )
    lost, kept = list(found.left_out), []
    for one in found.found:
        texts = (one.stereotype, one.anti, one.unrelated)
        if one.task != task:
            continue
        if not all(text.strip() for text in texts):
            lost.append(Skip(one.id, said._("an empty sentence")))
            continue
        start = one.before + shared(one.stereotype, one.anti)
        kept.append(
            one._asdict()
            | {"before": one.before, "text": one.before + marked(*texts[:2])}
            | {"prompt": start.strip() or one.stereotype}
        )
    if not kept:
        other = next(iter({one.task for one in found.found} - {task}), "")
        raise NoContexts(
            _("{name} has no context of the task {task}.", name=name, task=task)
            + skips.example(lost),
            fix=_("Set task to {task}, which it has.", task=other)
            if other
            else _("Give a file with three sentences for each context."),
        )
    table = pd.DataFrame(kept)
    content_hash = digest(table.astype("object").values.tolist())
    return Items(name, table, tuple(lost), {}, content_hash)


def run(pair: Pair, items: Items, told: Callable[[Step], None], *, before: str = "") -> Outcome:
    """The three sentences of every context under both models.

    Args:
        pair: The two models.
        items: As `read` gives them.
        told: Told the sentences that are read.
        before: A text put before every context, such as GPT-2's `<|endoftext|>`.

    Raises:
        BadSpec: If no context can be scored.
    """
    table = items.rows.reset_index(drop=True)
    spoken = [text for row in table[list(SENTENCES)].itertuples(index=False) for text in row]
    leads = [before + lead for lead in table["before"] for _rest in SENTENCES]
    texts = sentences.encoded(pair.baseline.vocabulary, spoken, leads)
    means = np.full((len(texts.ids), 2), np.nan)
    with closing(cast("Generator[Read]", sentences.read(pair, texts))) as found:
        for done, one in enumerate(found, 1):
            if texts.tokens[one.text]:
                means[one.text] = [side.mean() for side in (one.baseline, one.compressed)]
            if done % _BATCH == 0:
                told(Step(done, len(means)))
    told(Step(len(means), len(means)))
    where = texts.where.reshape(-1, len(SENTENCES))
    for place, name in enumerate(SENTENCES):
        for side, model in enumerate(BOTH):
            table[f"{model}_{name}"] = means[where[:, place], side]
    # Without a token before it the first of a sentence has no probability.
    table["same_start"] = np.max(texts.start[where], axis=1) < 0
    scored = np.array([bool(np.isfinite(means[three]).all()) for three in where])
    lost = [Skip(str(one), skips.NOT_FINITE) for one in table["id"][~scored]]
    if not scored.any():
        raise BadSpec(
            _("No context of {source} can be scored.", source=items.source),
            fix=_("Choose another file, or load the models in float32."),
        )
    return outcome(table[scored].reset_index(drop=True), lost)


TASK = Setting(
    "task",
    INTRASENTENCE,
    N_("Task"),
    N_(
        "Which of its two tasks: intrasentence (a blank is filled) or intersentence (a sentence "
        "follows)."
    ),
    {
        "intrasentence": N_("A blank within the sentence"),
        "intersentence": N_("A sentence after the context"),
    },
    affects_items="all",
)
BEFORE = Setting(
    "before",
    "",
    N_("Text before the context"),
    N_("A text put before every context; the authors put <|endoftext|> before GPT-2's."),
)
STEREOSET = Probe(
    name="stereoset",
    title=N_("StereoSet"),
    question=N_(
        "Does a model find the stereotype likelier than its opposite, and both likelier than "
        "nonsense?"
    ),
    cannot=N_(
        "American stereotypes in English, written by crowd workers, some of them unclear. The "
        "authors score sentences that follow a context with a classifier that they train; here "
        "they are scored by their probability, so that only the task within a sentence compares "
        "with published figures."
    ),
    item=N_(
        "ln p per token of the stereotype (first in brackets) minus that of the anti-stereotype."
    ),
    paper=N_(
        "Nadeem et al. 2021, StereoSet: Measuring stereotypical bias in pretrained language "
        "models (https://aclanthology.org/2021.acl-long.416), CC BY-SA 4.0"
    ),
    benchmark="",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=N_(
        "StereoSet's JSON, or the rows of the Hub's data set (JSON Lines, JSON or Parquet, or "
        "hub:McGill-NLP/stereoset:intrasentence)"
    ),
    bundled=None,
    read=read,
    run=run,
    settings=(TASK, BEFORE),
    tables={
        "stereoset": N_("LMS, SS and ICAT, of 100"),
        "terms": N_("By target term"),
    },
)
