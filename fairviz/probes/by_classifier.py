"""Generation scored by a classifier: what do the two models write about whom?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fairviz.core.errors import BadSpec
from fairviz.core.setting import Setting
from fairviz.core.specs import Decoding
from fairviz.i18n import N_, said
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.probes import drawn, languages
from fairviz.probes.classified_texts import Scored, called_label, label_means, scores
from fairviz.probes.classifier import Classifier, load_classifier
from fairviz.probes.prompt_sets import bundled, read
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.rows import changed_groups, groups_table, headline, metric_rows, repeated
from fairviz.probes.text_measures import measured_rows, measures
from fairviz.probes.text_tables import (
    contrasted,
    group_rows,
    item_table,
    measure_table,
    word_table,
)

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.models.pair import Pair

# What stands in where no classifier is named.
_WORDS = "sentiment_negative"
# Metrics of the published tables: (mean probability, share), by what the classifier's name holds.
_PUBLISHED = {"toxigen": ("toxigen_score", "toxigen_ratio"), "regard": ("regard_score", "regard")}


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
    # What is wrong with the classifier is said before an hour of writing.
    judge = load_classifier(classifier, str(pair.baseline.model.device)) if classifier else None
    place = judge.harm(label) if judge is not None else 0
    decoding = Decoding(max_new_tokens, temperature, top_k, top_p, seed=seed)
    prompts = items.rows.reset_index(drop=True)
    parts = 1 if judge is None else 2
    rows, lost = drawn.texts(
        pair,
        prompts["prompt"].tolist(),
        samples,
        decoding,
        lambda step: told(step._replace(of=parts * step.of)),
        items.source,
    )
    languages = [str(prompts["language"][row["place"]]) for row in rows]
    stories = pair.baseline.spec.source in BUNDLED
    listed = measured_rows(rows, prompts, languages, None, stories)
    asked = [str(prompts["prompt"][row["place"]]) for row in rows]
    details = {"measures": measure_table(listed, measures(), asked, "prompts")}
    if judge is None:
        values = {side: listed[side][_WORDS].tolist() for side in BOTH}
        finished = item_table(rows, values, prompts, share=True)
        groups = groups_table(group_rows(finished, share=True, over="prompts"))
        measure = said._("Share of continuations with a negative word of the project's list")
        more: list[str] = [
            said._(
                "No classifier was named: this is the share of continuations with a word of a "
                "short list, which is neither toxicity nor regard. Name a classifier (a folder or "
                "a Hugging Face id with safetensors, such as tomh/toxigen_roberta) to have the "
                "texts read."
            )
        ]
        names = ("negative_words", "")
        called = finished
    else:
        answers = scores(judge, rows, prompts, scored, told)
        values = {side: [one[place] for one in answers.probabilities[side]] for side in BOTH}
        finished = item_table(rows, values, prompts, share=False)
        called = called_label(judge, place, answers, finished)
        finished["flip"] = called["flip"]
        for side in BOTH:
            finished[f"{side}_called"] = called[side]
        groups = groups_table(group_rows(finished, share=False, over="prompts"))
        details["called"] = groups_table(group_rows(called, share=True, over="prompts"))
        details["labels"] = label_means(judge, answers, finished)
        measure = said._(
            "Mean probability of '{label}' by {classifier}",
            label=judge.labels[place],
            classifier=judge.source,
        )
        more = _of_classifier(judge, place, answers, details["called"], scored)
        names = _metric_names(judge, place)
    details["words"] = word_table(finished, languages)
    return Outcome(
        items=finished,
        groups=groups,
        measure=measure,
        neutral=float("nan"),
        sentences=_sentences(
            finished,
            groups,
            measure,
            [*more, repeated(prompts[["prompt"]])],
            [one.reason for _rest, one in lost],
        ),
        details=details,
        metrics=_metrics(groups, details.get("called"), prompts, names),
    )


def _of_classifier(
    judge: Classifier, place: int, answers: Scored, called: pd.DataFrame, scored: str
) -> list[str]:
    whole = called.to_dict("records")[0]
    label = judge.labels[place]
    named = {"classifier": judge.source, "labels": list(judge.labels), "label": label}
    told: list[str] = [
        said._(
            "{classifier} reads the continuation alone; its labels are {labels}, and '{label}' is "
            "what is shown. Its mistakes, which may fall on some groups more than on others, are "
            "in every number.",
            **named,
        )
        if scored == "continuation"
        else said._(
            "{classifier} reads prompt and continuation; its labels are {labels}, and '{label}' "
            "is what is shown. Its mistakes, which may fall on some groups more than on others, "
            "are in every number.",
            **named,
        ),
        said.ngettext(
            "It calls {before:.1%} of the baseline's and {after:.1%} of the compressed "
            "model's texts '{label}'; {n} text changed.",
            "It calls {before:.1%} of the baseline's and {after:.1%} of the compressed "
            "model's texts '{label}'; {n} texts changed.",
            int(whole["flips"]),
            before=whole["baseline"],
            after=whole["compressed"],
            label=label,
        ),
    ]
    if answers.cut:
        told.append(
            said.ngettext(
                "{n} text was longer than it reads and was cut short.",
                "{n} texts were longer than it reads and were cut short.",
                answers.cut,
            )
        )
    if answers.unread:
        told.append(
            said.ngettext(
                "{n} sample has no finite score and is left out on both sides.",
                "{n} samples have no finite score and are left out on both sides.",
                answers.unread,
            )
        )
    if answers.empty:
        told.append(
            said.ngettext(
                "{n} continuation was empty and has no score.",
                "{n} continuations were empty and have no score.",
                answers.empty,
            )
        )
    return told


def _sentences(
    items: pd.DataFrame,
    groups: pd.DataFrame,
    measure: str,
    more: Sequence[str],
    lost: Sequence[str],
) -> tuple[str, ...]:
    sentences = [
        headline(measure, contrasted(groups, 0), said._("prompts")),
        changed_groups(groups, said._("groups")),
        *more,
        said.ngettext(
            "{same} of {n} continuation is the same word for word.",
            "{same} of {n} continuations are the same word for word.",
            len(items),
            same=int(items["same"].sum()),
        ),
    ]
    if few := int((groups["n"].iloc[1:] < 10).sum()):
        sentences.append(
            said.ngettext(
                "{n} group has fewer than ten texts: too few to say whether it changed.",
                "{n} groups have fewer than ten texts: too few to say whether they changed.",
                few,
            )
        )
    if lost:
        sentences.append(drawn.left_out(lost))
    return tuple(one for one in sentences if one)


def _metric_names(judge: Classifier, place: int) -> tuple[str, str]:
    """Names of the mean probability and of the share, as the published tables call them."""
    label = judge.labels[place].lower()
    if place == _default(judge):
        for part, names in _PUBLISHED.items():
            if part in judge.source.lower():
                return names
    return f"{label}_probability", f"{label}_share"


def _default(judge: Classifier) -> int:
    """Place of the label that means harm; -1 where none can be told."""
    try:
        return judge.harm()
    except BadSpec:
        return -1


def _metrics(
    groups: pd.DataFrame,
    called: pd.DataFrame | None,
    prompts: pd.DataFrame,
    names: tuple[str, str],
) -> pd.DataFrame:
    import pandas as pd

    axes = sorted(set(prompts["axis"]))
    axis = axes[0] if len(axes) == 1 else ""
    unit = "probability" if called is not None else "share"
    rows = []
    tables = [
        (groups, names[0], unit),
        *([(called, names[1], "share")] if called is not None else []),
    ]
    for table, name, one in tables:
        for place in range(len(table)):
            rows += metric_rows(
                name,
                contrasted(table, place),
                n=int(table["n"][place]),
                unit=one,
                worse="higher",
                axis=axis if place else "",
                group=str(table["group"][place]) if place else "",
                level="group" if place else "aggregate",
            )
    return pd.DataFrame(rows)


SETTINGS = (
    Setting(
        "classifier",
        "",
        N_("Text classifier"),
        N_("Folder or Hugging Face id of a text classifier with safetensors."),
        example=N_("sasha/regardv3, or a folder"),
    ),
    Setting(
        "label",
        "",
        N_("Label shown"),
        N_("Which of its labels is shown; empty is the one whose name means harm."),
    ),
    Setting(
        "scored",
        "continuation",
        N_("What it reads"),
        N_("What it reads: continuation, or whole with the prompt."),
        {"continuation": N_("The continuation"), "whole": N_("Prompt and continuation")},
    ),
    *drawn.lengths(samples=1, max_new_tokens=40),
    Setting(
        "per_group",
        20,
        N_("Prompts of each group"),
        N_("Prompts taken of each group, evenly over the file; 0 is all."),
        minimum=0,
        affects_items="all",
    ),
    Setting(
        "by",
        "",
        N_("Group by column"),
        N_("A column of the file to group by."),
        affects_items="all",
    ),
    languages.of_bundled(N_("Of the bundled prompts: fr or en; empty is both.")),
    *drawn.SAMPLING,
)

BY_CLASSIFIER = Probe(
    name="classifier",
    title=N_("Generation scored by a classifier"),
    question=N_("Do the texts that a model writes about a group become more harmful?"),
    cannot=N_(
        "A classifier's number is what that classifier thinks: it has prejudices of its own, "
        "reads mostly English, and was trained on other texts. Few texts of a group say little."
    ),
    item=N_("the measure above, of this one text."),
    paper=N_(
        "Prompts: Dhamala et al. 2021, BOLD (https://arxiv.org/abs/2101.11718), CC BY-SA 4.0; "
        "Smith et al. 2022, HolisticBias; Gehman et al. 2020, RealToxicityPrompts"
    ),
    benchmark="bold",
    dimension="degeneration",
    models=True,
    sensitive=True,
    formats=N_(
        "a JSON file of BOLD; HolisticBias's sentences (CSV or Parquet); RealToxicityPrompts "
        "(JSON Lines); or prompts of one's own with columns text and group"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings=SETTINGS,
    tables={
        "measures": N_("All measures"),
        "called": N_("What the classifier calls the texts"),
        "labels": N_("Labels"),
        "words": N_("Words of the lists"),
    },
)
