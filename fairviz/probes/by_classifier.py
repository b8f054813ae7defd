"""Generation scored by a classifier: what do the two models write about whom?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.core.declared import kept_sentences_of
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding
from fairviz.i18n import said
from fairviz.lexicons import language_of
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.models.pair import Pair
from fairviz.probes import drawn
from fairviz.probes.collapse import collapse_sentences, collapse_table, surprisals
from fairviz.probes.contrast import Contrasted
from fairviz.probes.prompt_sets import bundled, read
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import ALL, LEVEL, Metric, Results, headline, parts, repeated
from fairviz.probes.scored_texts import Scored, called_label, label_means, scores
from fairviz.probes.scorers import PACKAGED, Scorer, load_scorer, metrics, not_english, shown_place
from fairviz.probes.text_measures import measured_rows, measures
from fairviz.probes.text_tables import (
    item_table,
    measure_table,
    moved,
    of_items,
    rows_of,
    word_table,
)
from fairviz.stats import FEW_UNITS, holm

_tell = kept_sentences_of(__file__)

# What stands in where no classifier is named.
_WORDS = "sentiment_negative"


def run(
    pair: Pair,
    items: Items,
    told: Callable[[Step], None],
    *,
    classifier: str = "",
    label: str = "",
    scored: str = "continuation",
    samples: int = 1,
    max_new_tokens: int = 40,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 0,
) -> Outcome:
    """Both models go on from every prompt with common noise; the classifier reads what they wrote.

    Raises:
        BadSpec: If a setting cannot be, or no prompt fits the models.
        ModelUnavailable: If the classifier cannot be had.
        OutOfMemory: If the device runs out of memory on the way.
    """
    # What is wrong with the scorer is said before an hour of writing.
    judge = load_scorer(classifier, str(pair.baseline.model.device)) if classifier else None
    if judge is not None:
        judge.harm(label)
    prompts, lost = readable(items, judge)
    decoding = Decoding(max_new_tokens, temperature, top_k, top_p, seed=seed)
    stages = 2 if judge is None else 3
    rows, unfit = drawn.texts(
        pair,
        prompts["prompt"].tolist(),
        samples,
        decoding,
        lambda step: told(step._replace(of=stages * step.of)),
        items.source,
    )
    asked = [str(prompts["prompt"][row["place"]]) for row in rows]

    n = len(rows)

    def stage(number: int, done: int, of: int) -> None:
        told(Step(number * n + done * n // of, stages * n, []))

    return judged(
        rows,
        prompts,
        judge,
        partial(stage, 2),
        label=label,
        scored=scored,
        surprisals=surprisals(pair, rows, asked, partial(stage, 1)),
        stories=pair.baseline.spec.source in BUNDLED,
        lost=[*lost, *(one for _rest, one in unfit)],
    )


def readable(items: Items, judge: Scorer | None) -> tuple[pd.DataFrame, list[Skip]]:
    """The prompts in the scorer's language, and the others, which it is not asked to guess at.

    A prompt's language is what its set declares, else what its small words tell; one that tells
    nothing is read.

    Raises:
        BadSpec: If none is left.
    """
    prompts = items.rows.reset_index(drop=True)
    if judge is None or not judge.language:
        return prompts, []
    spoken = [
        str(row["language"]).lower()[:2] or language_of(str(row["prompt"]))
        for row in prompts.to_dict("records")
    ]
    other = np.array([one not in ("", judge.language) for one in spoken], dtype=bool)
    if other.all():
        languages = ", ".join(dict.fromkeys(spoken))
        known = {"scorer": judge.source, "source": items.source, "languages": languages}
        raise not_english("not_english", **known)
    reason = said._("{scorer} reads English only", scorer=judge.source)
    lost = [Skip(str(name)[:60], reason) for name in prompts["prompt"][other]]
    return prompts[~other].reset_index(drop=True), lost


def judged(
    rows: Sequence[Mapping[str, Any]],
    prompts: pd.DataFrame,
    judge: Scorer | None,
    told: Callable[[int, int], None],
    *,
    label: str = "",
    scored: str = "continuation",
    surprisals: Mapping[str, Sequence[float]],
    stories: bool = False,
    lost: Sequence[Skip] = (),
) -> Outcome:
    """What a scorer, or where there is none the word lists, say of texts that are written.

    Args:
        rows: As `drawn.texts` gives them.
        prompts: `id`, `group`, `axis`, `language` and `prompt` of each place.
        told: Told how many texts of how many the scorer has read.
        surprisals: Side -> (N,) nats per token under the baseline; empty where it read nothing.
        stories: Whether the grammar of the bundled model's stories holds.
        lost: Prompts that were left out.
    """
    listed = measured_rows(rows, prompts, None, stories)
    if judge is None:
        words = {side: listed[side][_WORDS].tolist() for side in BOTH}
        items, number = _items(rows, words, prompts, share=True), _OF_WORDS
    else:
        place = judge.harm(label)
        at = shown_place(judge, place)
        answers = scores(judge, rows, prompts, scored, told)
        values = {side: [one[at] for one in answers.probabilities[side]] for side in BOTH}
        items = _items(rows, values, prompts, share=False)
        for side in BOTH:
            items[f"{side}_called"] = called_label(judge, place, answers.probabilities[side])
        called = judge.labels[place]
        number = _Number(
            *metrics(judge, place),
            _tell("mean_probability", label=called, classifier=judge.source)
            if at == place
            else _tell("mean_compound", classifier=judge.source),
            partial(_of_classifier, judge, called, answers, scored),
            label_means(judge, answers, items),
        )
    for side, nats in surprisals.items():
        items[f"{side}_surprisal"] = nats
    return _rated(items, listed, number, lost)


def again(kept: Kept, *, classifier: str = "") -> Outcome:
    """From the texts, and from the classifier's scores where one read them."""
    return from_texts(kept, bool(classifier), stories=kept.model in BUNDLED)


def from_texts(kept: Kept, scored: bool, *, stories: bool) -> Outcome:
    """The outcome of texts and scores that are there; see `judged`.

    Args:
        scored: Whether a classifier has read them.
    """
    rows, prompts = rows_of(kept.items)
    table = kept.outcome.metrics
    if "axis" not in prompts:  # the only one
        axes = table.loc[table["level"] == "group", "axis"].tolist() if len(table) else []
        prompts["axis"] = kept.items["axis"] = axes[0] if axes else "group"
    listed = measured_rows(rows, prompts, None, stories)
    number = _OF_WORDS
    if scored:
        named = table.drop_duplicates("metric")[["metric", "unit", "worse"]]
        metric, share = (Metric(*map(str, one)) for one in named.itertuples(index=False))
        number = _Number(metric, share, kept.outcome.measure)
    else:
        for side in BOTH:
            kept.items[side] = listed[side][_WORDS].to_numpy()
    return _rated(moved(kept.items, not scored), listed, number, ())


class _Number(NamedTuple):
    """What texts are rated by.

    Attributes:
        metric: Of a text's number.
        share: Of those that are called the label; None where nothing calls them anything.
        measure: `Outcome.measure`.
        more: What is said of the share and how many flip; nothing where they are read again.
        labels: What a classifier says of every label.
    """

    metric: Metric
    share: Metric | None
    measure: str
    more: Callable[[Contrasted, int], list[str]] = lambda found, flips: []
    labels: pd.DataFrame = pd.DataFrame()


_OF_WORDS = _Number(
    Metric("negative_words", "share", "higher"),
    None,
    _tell("negative"),
    lambda found, flips: [_tell("no_classifier")],
)


def _rated(
    items: pd.DataFrame,
    listed: Mapping[str, pd.DataFrame],
    number: _Number,
    lost: Sequence[Skip],
) -> Outcome:
    """The outcome of texts with their numbers, and what a classifier calls them where one did."""
    prompts = items["prompt"].tolist()
    details = {"measures": measure_table(listed, measures(), prompts, "prompts")}
    rates, of_called = Results(), Results()
    called = _called(items) if number.share is not None else items
    items["flip"] = called["flip"]
    whole, details["domains"] = _rates(rates, items, number.share is None, number.metric)
    told_of = [(number.metric, whole)]
    if number.share is not None:
        of_all, details["called_domains"] = _rates(of_called, called, True, number.share)
        rates.metrics += of_called.metrics
        details |= {"called": of_called.groups, "labels": number.labels}
        told_of.append((number.share, of_all))
    read = {
        side: items[f"{side}_surprisal"].tolist() for side in BOTH if f"{side}_surprisal" in items
    }
    details["collapse"] = collapse_table(items, listed, read)
    details["words"] = word_table(items)
    if items["axis"].nunique() == 1:
        del items["axis"]  # it says nothing, and may be no word of a reader's
    few = int((rates.groups["n"].iloc[1:] < 10).sum())
    return rates.outcome(
        items,
        measure=number.measure,
        sentences=[
            headline(number.measure, whole, said._("prompts")),
            *collapse_sentences(details["collapse"], any(_less(*one) for one in told_of)),
            rates.changed(said._("groups")),
            *number.more(told_of[-1][1], int(items["flip"].sum())),
            repeated(items.drop_duplicates("place")[["prompt"]]),
            _tell("same", n=len(items), same=int(items["same"].sum())),
            _tell("few_texts", n=few) if few else "",
            drawn.left_out([one.reason for one in lost]),
        ],
        details={name: table for name, table in details.items() if len(table)},
        order=(),
    )


def _called(items: pd.DataFrame) -> pd.DataFrame:
    """The items with 0 or 1 for whether the text is called the label."""
    called = items.assign(**{side: items[f"{side}_called"] for side in BOTH})
    called["shift"] = called["compressed"] - called["baseline"]
    called["flip"] = called["shift"].notna() & (called["shift"] != 0)
    return called


def _items(
    rows: Sequence[Mapping[str, Any]],
    values: Mapping[str, Sequence[float]],
    prompts: pd.DataFrame,
    *,
    share: bool,
) -> pd.DataFrame:
    made = item_table(rows, values, prompts, share=share)
    made["axis"] = prompts["axis"].iloc[made["place"]].to_numpy()
    return made


def _rates(
    results: Results, items: pd.DataFrame, share: bool, metric: Metric
) -> tuple[Contrasted, pd.DataFrame]:
    """All items' number, and those of the domains where there are several; groups are added."""
    of = partial(of_items, share=share, over="prompts")
    for name, part in parts(items):
        found = of(part)
        results.group(name, part, found)
        where = {"axis": str(part["axis"].iloc[0]), "group": name} if name != ALL else {}
        results.metric(metric, found, len(part), **where)
        if name == ALL:
            whole = found
    domains = []
    for axis, part in parts(items, "axis")[1:]:
        found = of(part)
        results.metric(metric, found, len(part), axis=axis)
        domains.append({"axis": axis, "n": len(part), **found._asdict()})
    table = pd.DataFrame(domains)
    if domains:
        table["p_holm"] = holm(table["p"])
    return whole, table


def _less(metric: Metric, found: Contrasted) -> bool:
    """Whether there is less harm than before, by more than chance."""
    better = found.difference < 0 if metric.worse == "higher" else found.difference > 0
    return better and found.p < LEVEL and found.units >= FEW_UNITS


def _of_classifier(
    judge: Scorer, label: str, answers: Scored, scored: str, called: Contrasted, flips: int
) -> list[str]:
    named = {"classifier": judge.source, "labels": list(judge.labels), "label": label}
    which = "continuation_alone" if scored == "continuation" else "with_prompt"
    about = [_tell(which, **named)]
    if judge.source in PACKAGED:
        about = [
            _tell(f"packaged_{which}", classifier=judge.source),
            _tell(f"about_{judge.source}"),
        ]
    return [
        *about,
        _tell("called", n=flips, before=called.baseline, after=called.compressed, label=label),
        _tell("cut", n=answers.cut) if answers.cut else "",
        _tell("unread", n=answers.unread) if answers.unread else "",
        _tell("empty", n=answers.empty) if answers.empty else "",
        _tell("foreign", n=answers.foreign) if answers.foreign else "",
    ]


BY_CLASSIFIER = declared_probe(__file__, read=read, run=run, again=again, bundled=bundled)
