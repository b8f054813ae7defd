"""Many samples: is what a model wrote once what it often writes?"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from fairviz import prompts as prompt_sets
from fairviz.core.declared import kept_sentences_of
from fairviz.core.errors import BadSpec
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding, digest
from fairviz.i18n import _, said
from fairviz.lexicons import Lexicon, of_words
from fairviz.lexicons import read as read_lexicon
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.models.pair import Pair
from fairviz.probes import drawn, labels
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import (
    ALL,
    LEVEL,
    Metric,
    Results,
    Row,
    contrasts,
    headline,
    parts,
    repeated,
)
from fairviz.probes.text_measures import FIRST, Measure, measured_rows, measures
from fairviz.probes.text_tables import item_table, measure_table, of_items, rows_of, word_table
from fairviz.prompts import Prompt
from fairviz.prompts.planted import FEMININE, PRONOUN_PROMPT
from fairviz.stats import FEW_UNITS

_tell = kept_sentences_of(__file__)

_STORY = Prompt("story-fr", "Il était une fois", "fr", "tales")
_STORIES = (_STORY, Prompt("story-en", "Once upon a time", "en", "tales"))


def _trades() -> tuple[Prompt, ...]:
    """The bundled model's planted pronouns: a trade speaks, the next word is its pronoun."""
    return tuple(
        Prompt(
            f"{language}-{trade}",
            PRONOUN_PROMPT[language].format(trade=trade),
            language,
            "trades",
            trade,
        )
        for language, trades in FEMININE.items()
        for trade in trades
    )


PRESETS: dict[str, Callable[[], tuple[Prompt, ...]]] = {
    "story": lambda: (_STORY,),
    "stories": lambda: _STORIES,
    "trades": _trades,
    "bank": prompt_sets.bank,
}


def bundled(*, preset: str = "story", language: str = "") -> Items:
    """The project's own prompts: one of `PRESETS`, in one language or in both.

    Raises:
        BadSpec: If nothing of it is in that language.
    """
    chosen = [one for one in PRESETS[preset]() if language in ("", one.language)]
    if not chosen:
        raise BadSpec(
            _("{name} has no prompt in '{language}'.", name=preset, language=language),
            fix=_("Leave the language out, or fr or en."),
        )
    return _items(f"bundled: {preset}", chosen, ())


def read(content: bytes, name: str, *, language: str = "") -> Items:
    """Prompts of a file; their language is the file's, else the setting, else guessed.

    Raises:
        FairvizError: If nothing of the file can be read.
    """
    found = prompt_sets.read(content, name)
    chosen = [one._replace(language=one.language or language) for one in found.prompts]
    return _items(name, chosen, found.left_out)


def _items(source: str, chosen: Sequence[Prompt], left_out: Sequence[Skip]) -> Items:
    rows = pd.DataFrame([one._asdict() for one in chosen], columns=list(Prompt._fields))
    rows["prompt"] = rows["text"]
    rows["group"] = [one.group or one.theme or "nobody" for one in chosen]
    if len(chosen) < 10 and rows["group"].nunique() < len(chosen):
        rows["group"] = rows["text"]
    return Items(source, rows, tuple(left_out), {}, digest([list(one) for one in chosen]))


def run(
    pair: Pair,
    items: Items,
    told: Callable[[Step], None],
    *,
    samples: int = 64,
    max_new_tokens: int = 60,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 0,
    measure: str = "",
    words: str = "",
    lexicon: str | tuple[bytes, str] = "",
) -> Outcome:
    """Both models continue every prompt many times with common noise, and words are counted.

    Raises:
        BadSpec: If a setting cannot be, or no prompt fits the models.
        BadLexicon: If the word list cannot be read.
        OutOfMemory: If the device runs out of memory on the way.
    """
    own = own_list(words, lexicon)
    chosen = _chosen(measures(own), measure, own)
    decoding = Decoding(max_new_tokens, temperature, top_k, top_p, seed=seed)
    prompts = items.rows.reset_index(drop=True)
    rows, lost = drawn.texts(
        pair, prompts["prompt"].tolist(), samples, decoding, told, items.source
    )
    reasons = [one.reason for _rest, one in lost]
    return _counted(rows, prompts, own, chosen, pair.baseline.spec.source, reasons)


def again(
    kept: Kept, *, measure: str = "", words: str = "", lexicon: str | tuple[bytes, str] = ""
) -> Outcome:
    """From the texts.

    Raises:
        BadSpec: If the word list is not here.
    """
    own = own_list(words, lexicon)
    return _counted(*rows_of(kept.items), own, _chosen(measures(own), measure, own), kept.model)


def _counted(
    rows: Sequence[Row],
    prompts: pd.DataFrame,
    own: Lexicon | None,
    chosen: Measure,
    model: str,
    reasons: Sequence[str] = (),
) -> Outcome:
    """The outcome of texts that are written.

    Args:
        rows: As `drawn.texts` gives them.
        prompts: `id`, `group`, `language` and `prompt` of each place.
        own: A word list of one's own.
        model: The baseline's source.
        reasons: Why prompts were left out.
    """
    known = measures(own)
    values = measured_rows(rows, prompts, own, model in BUNDLED)
    asked = [str(prompts["prompt"][row["place"]]) for row in rows]
    over = "samples" if len({row["sample"] for row in rows}) > 1 else "prompts"
    table = measure_table(values, known, asked, over)
    of_chosen = {side: values[side][chosen.name].tolist() for side in BOTH}
    finished = item_table(rows, of_chosen, prompts, share=chosen.share)
    results = Results()
    by_name = {one.name: one for one in known}
    for name, found in zip(table["measure"], contrasts(table.to_dict("records")), strict=True):
        one = by_name[name]
        results.metric(Metric(name, one.unit, one.worse), found, len(finished))
    shown = Metric(chosen.name, chosen.unit, chosen.worse)
    for name, part in parts(finished):
        found = of_items(part, share=chosen.share, over=over)
        results.group(name, part, found)
        if name != ALL:
            results.metric(shown, found, len(part), axis="prompts", group=name)
    measured = {"title": chosen.title, "unit": labels.kept(chosen.unit), "meaning": chosen.meaning}
    repeats = repeated(finished.drop_duplicates("place")[["prompt"]])
    return results.outcome(
        finished,
        measure=said._("{title} ({unit}): {meaning}", **measured),
        neutral=0.5 if chosen.name == FIRST else float("nan"),
        sentences=_sentences(finished, results, table, known, chosen, over, reasons, repeats),
        details={
            "measures": table,
            "words": word_table(finished, own),
            "values": _long(finished, values, table["measure"].tolist()),
        },
        order=(),
    )


def own_list(words: str, lexicon: str | tuple[bytes, str]) -> Lexicon | None:
    """One's own word list: words with commas between, or a file; None where neither is given."""
    if words:
        return of_words(words)
    if isinstance(lexicon, tuple):
        return read_lexicon(*lexicon)
    if not lexicon:
        return None
    path = Path(os.path.expanduser(lexicon))
    try:
        return read_lexicon(path.read_bytes(), path.name)
    except OSError as error:
        raise BadSpec(
            _("The word list {path} cannot be read ({error}).", path=path, error=error),
            fix=_("Check it."),
        ) from error


def _chosen(known: Sequence[Measure], name: str, own: Lexicon | None) -> Measure:
    """The measure asked for; by default the first of one's own words, else `FIRST`."""
    name = name or (known[0].name if own is not None else FIRST)
    for one in known:
        if one.name == name:
            return one
    raise BadSpec(
        _("'{name}' is not measured on samples.", name=name),
        fix=_("Use {names}.", names=", ".join(one.name for one in known)),
    )


def _long(
    items: pd.DataFrame, values: Mapping[str, pd.DataFrame], names: Sequence[str]
) -> pd.DataFrame:
    """One row a sample and measure, so that distribution can stand beside distribution."""
    whose = items[["id", "group"]]
    parts = [
        whose.assign(measure=name, **{side: values[side][name].to_numpy() for side in BOTH})
        for name in names
    ]
    return pd.concat(parts, ignore_index=True)


def _sentences(
    items: pd.DataFrame,
    results: Results,
    table: pd.DataFrame,
    known: Sequence[Measure],
    chosen: Measure,
    over: str,
    lost: Sequence[str],
    again: str,
) -> tuple[str, ...]:
    moved = table[(table["p_holm"] < LEVEL) & (table["units"] >= FEW_UNITS)]
    titles = {one.name: one.title for one in known}
    names = [
        _tell("measure", measure=titles[row["measure"]], change=row["difference"])
        for row in moved.to_dict("records")
    ]
    of_these = over == "samples"
    (whole,) = contrasts(results.groups.to_dict("records")[:1])
    return (
        _tell("written", n=len(items), same=int(items["same"].sum())),
        headline(chosen.title, whole, said._("samples") if of_these else said._("prompts")),
        _tell(
            "counts",
            before=int(items["baseline"].sum()),
            before_of=int(items["baseline"].notna().sum()),
            after=int(items["compressed"].sum()),
            after_of=int(items["compressed"].notna().sum()),
            meaning=chosen.meaning,
        )
        if chosen.share
        else "",
        results.changed(said._("groups")),
        _tell("moved", n=len(table), moved=len(moved), names=names)
        if names
        else _tell("none_moved", n=len(table)),
        _tell("of_these" if of_these else "of_others"),
        again,
        drawn.left_out(lost),
    )


MANY_SAMPLES = declared_probe(__file__, read=read, run=run, again=again, bundled=bundled)
