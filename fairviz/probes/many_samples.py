"""Many samples: is what a model wrote once what it often writes?"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fairviz import prompts as prompt_sets
from fairviz.core.errors import BadSpec
from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding, digest
from fairviz.i18n import N_, _, said
from fairviz.lexicons import Lexicon, of_words
from fairviz.lexicons import read as read_lexicon
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.probes import drawn, labels, languages
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.rows import LEVEL, changed_groups, groups_table, headline, metric_rows, repeated
from fairviz.probes.text_measures import FIRST, Measure, measured_rows, measures
from fairviz.probes.text_tables import contrasted, group_rows, item_table, measure_table, word_table
from fairviz.prompts import Prompt
from fairviz.prompts.planted import FEMININE, PRONOUN_PROMPT
from fairviz.stats import FEW_UNITS

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.models.pair import Pair

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
    import pandas as pd

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
    known = measures(own)
    chosen = _chosen(known, measure, own)
    decoding = Decoding(max_new_tokens, temperature, top_k, top_p, seed=seed)
    prompts = items.rows.reset_index(drop=True)
    rows, lost = drawn.texts(
        pair, prompts["prompt"].tolist(), samples, decoding, told, items.source
    )
    languages = [str(prompts["language"][row["place"]]) for row in rows]
    values = measured_rows(rows, prompts, languages, own, pair.baseline.spec.source in BUNDLED)
    asked = [str(prompts["prompt"][row["place"]]) for row in rows]
    over = "samples" if len({row["sample"] for row in rows}) > 1 else "prompts"
    table = measure_table(values, known, asked, over)
    of_chosen = {side: values[side][chosen.name].tolist() for side in BOTH}
    finished = item_table(rows, of_chosen, prompts, share=chosen.share)
    groups = groups_table(group_rows(finished, share=chosen.share, over=over))
    return Outcome(
        items=finished,
        groups=groups,
        measure=said._(
            "{title} ({unit}): {meaning}",
            title=chosen.title,
            unit=labels.kept(chosen.unit),
            meaning=chosen.meaning,
        ),
        neutral=0.5 if chosen.name == FIRST else float("nan"),
        sentences=_sentences(
            finished,
            groups,
            table,
            known,
            chosen,
            over,
            [one for _rest, one in lost],
            repeated(prompts[["prompt"]]),
        ),
        details={
            "measures": table,
            "words": word_table(finished, languages, own),
            "values": _long(finished, values, table["measure"].tolist()),
        },
        metrics=_metrics(table, groups, known, chosen, len(finished)),
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
    import pandas as pd

    parts = [
        pd.DataFrame(
            {
                "id": items["id"],
                "group": items["group"],
                "measure": name,
                **{side: values[side][name].to_numpy() for side in BOTH},
            }
        )
        for name in names
    ]
    return pd.concat(parts, ignore_index=True)


def _sentences(
    items: pd.DataFrame,
    groups: pd.DataFrame,
    table: pd.DataFrame,
    known: Sequence[Measure],
    chosen: Measure,
    over: str,
    lost: Sequence[Skip],
    again: str,
) -> tuple[str, ...]:
    test = said._("samples") if over == "samples" else said._("prompts")
    told = [
        said.ngettext(
            "{n} sample by each model with the same noise; the same word for word: {same}. "
            "Where they part, compression is why.",
            "{n} samples by each model with the same noise; the same word for word: "
            "{same}. Where the others part, compression is why.",
            len(items),
            same=int(items["same"].sum()),
        ),
        headline(chosen.title, contrasted(groups, 0), test),
    ]
    if chosen.share:
        told.append(
            said._(
                "That is {before} of {before_of} by the baseline and {after} of "
                "{after_of} by the compressed model. {meaning}",
                before=int(items["baseline"].sum()),
                before_of=int(items["baseline"].notna().sum()),
                after=int(items["compressed"].sum()),
                after_of=int(items["compressed"].notna().sum()),
                meaning=chosen.meaning,
            )
        )
    told.append(changed_groups(groups, said._("groups")))
    moved = table[(table["p_holm"] < LEVEL) & (table["units"] >= FEW_UNITS)]
    titles = {one.name: one.title for one in known}
    if len(moved):
        names = [
            said._(
                "{measure} ({change:+.3f})",
                measure=titles[row["measure"]],
                change=row["difference"],
            )
            for row in moved.to_dict("records")
        ]
        told.append(
            said.ngettext(
                "Of {n} measure tested (Holm), {moved} moved: {names}.",
                "Of {n} measures tested together (Holm), {moved} moved: {names}.",
                len(table),
                moved=len(moved),
                names=names,
            )
        )
    else:
        told.append(
            said.ngettext(
                "The one measure tested did not move by more than chance.",
                "Of {n} measures tested together, none moved by more than chance (Holm).",
                len(table),
            )
        )
    told.append(
        said._(
            "The intervals say what other samples of these very prompts would give, not other "
            "prompts."
        )
        if over == "samples"
        else said._("The intervals say what other prompts such as these would give.")
    )
    told.append(again)
    if lost:
        told.append(drawn.left_out([one.reason for one in lost]))
    return tuple(one for one in told if one)


def _metrics(
    table: pd.DataFrame,
    groups: pd.DataFrame,
    known: Sequence[Measure],
    chosen: Measure,
    n: int,
) -> pd.DataFrame:
    import pandas as pd

    by_name = {one.name: one for one in known}
    rows = []
    for place, name in enumerate(table["measure"]):
        one, found = by_name[name], contrasted(table, place)
        rows += metric_rows(one.name, found, n=n, unit=one.unit, worse=one.worse)
    for place in range(1, len(groups)):
        rows += metric_rows(
            chosen.name,
            contrasted(groups, place),
            n=int(groups["n"][place]),
            unit=chosen.unit,
            worse=chosen.worse,
            axis="prompts",
            group=str(groups["group"][place]),
            level="group",
        )
    return pd.DataFrame(rows)


SETTINGS = (
    Setting(
        "preset",
        "story",
        N_("Prompts"),
        N_("The project's own prompts: story, stories, trades, bank."),
        {
            "story": N_("Il était une fois"),
            "stories": N_("Il était une fois, Once upon a time"),
            "trades": N_("Trades of the bundled model"),
            "bank": N_("fairviz's bank of prompts"),
        },
        affects_items="bundled",
    ),
    replace(
        languages.of_texts(N_("fr or en; empty takes each prompt's own.")), affects_items="all"
    ),
    *drawn.lengths(samples=64, max_new_tokens=60),
    *drawn.SAMPLING,
    Setting(
        "measure",
        "",
        N_("Measure shown"),
        N_("What the items and groups show; empty is one's own words, else who is first."),
    ),
    Setting(
        "words",
        "",
        N_("Words of your own"),
        N_("Words of one's own with commas between; a star stands for any ending."),
    ),
    Setting(
        "lexicon",
        "",
        N_("Word list of your own"),
        N_("A CSV file of one's own: word, language, category, group, rule."),
        upload=("csv", "tsv"),
    ),
)

MANY_SAMPLES = Probe(
    name="samples",
    title=N_("Many samples"),
    question=N_(
        "Is what a model wrote once what it writes often, and does compression change that?"
    ),
    cannot=N_(
        "Words are counted, not understood: negation, irony and who is meant are not seen, and "
        "a French pronoun may mean a thing. The lists are short and the project's own; a rate is "
        "one of these prompts at this temperature."
    ),
    item=N_("the measure above, of this one sample."),
    paper="",
    benchmark="",
    dimension="representation",
    models=True,
    sensitive=False,
    formats=N_(
        "prompts as CSV, TSV, JSON, JSON Lines, Parquet or text with one prompt a line; "
        "columns text, and if at hand id, language, theme, group"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings=SETTINGS,
    tables={
        "measures": N_("All measures"),
        "words": N_("Words of the lists"),
    },
)
