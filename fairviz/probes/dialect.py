"""Dialect: how much harder a model finds one variety of a language, before and after.

Perplexity is exp of the mean surprisal per unit. Tokens are no fair unit between varieties: a
tokenizer made for one cuts the other into more pieces, each easier. So surprisal is counted per
character, per word and per token of the text, and characters lead. Varieties are compared by the
ratio of their perplexities, whose logarithm is the difference of their surprisals.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.errors import EmptyPrompt, FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import LINE, rows
from fairviz.core.skips import Skip
from fairviz.core.text_file import text_of
from fairviz.i18n import _, ngettext, said, speaking
from fairviz.inference.pair_scoring import encode, why
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import Pair
from fairviz.models.vocabulary import Vocabulary
from fairviz.probes import sentences
from fairviz.probes.contrast import Contrasted, Floats, contrast, summed
from fairviz.probes.fields import columns, line_in
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import (
    ALL,
    Metric,
    Results,
    Row,
    contrasts,
    headlines,
    nothing_left,
    repeated,
    without,
)

_BLANK = re.compile(r"\n[ \t]*\n\s*")


class OneCorpus(FairvizError):
    """Documents that are all of one corpus."""


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Documents of corpora; the corpus that comes first is the one others are compared with.

    A `.txt` file holds documents parted by empty lines, or one a line where it has none. Other
    kinds have a column `text`, `id` where documents of two corpora say the same thing, and
    `corpus` where one file holds several.

    Args:
        content: Of the first corpus, or of all.
        name: Its name, which names the corpus too.
        second: The second corpus and its name.

    Raises:
        OneCorpus: If there is only one corpus.
        ColumnsMissing: If a column is not there.
        FairvizError: If a file cannot be read.
    """
    kept, lost = _documents(content, name)
    if second is not None:
        more, also = _documents(*second)
        kept, lost = kept + more, lost + also
    corpora = list(dict.fromkeys(row["group"] for row in kept))
    if len(corpora) < 2:
        raise OneCorpus(
            ngettext(
                "The only document is of one corpus, {corpus}.",
                "All {n} documents are of one corpus, {corpus}.",
                len(kept),
                corpus=corpora[0] if corpora else _("none"),
            ),
            fix=_("Give a second file of another name, or a column corpus."),
        )
    known = Counter(row["key"] for row in kept if row["key"])
    first: dict[tuple[str, str], int] = {}
    for place, row in enumerate(kept):
        # A document without a counterpart stands alone, or with those of the same text.
        alone = first.setdefault((row["group"], row["text"]), place)
        row["aligned"] = known[row["key"]] > 1
        row["key"] = row["key"] if row["aligned"] else f"\0{alone}"
    return Items.of_file(name, kept, lost, {}, content, second)


def _documents(content: bytes, name: str) -> tuple[list[Row], list[Skip]]:
    stem = PurePath(name).stem
    if name.lower().endswith(".txt"):
        text = text_of(content, name).replace("\r\n", "\n").strip()
        parts = _BLANK.split(text) if _BLANK.search(text) else text.split("\n")
        found = [part.strip() for part in parts if part.strip()]
        return [_row(stem, f"{stem} {n}", "", part) for n, part in enumerate(found, 1)], []
    table = rows(content, name)
    by = columns(
        table.columns,
        _SAID["columns"] | {"text": (*_SAID["columns"]["text"], LINE)},
        name,
        ("text",),
    )
    kept, lost = [], [skips.within(name, one) for one in table.left_out]
    for line, fields in table.rows:
        cells = {field: str(fields.get(column) or "").strip() for field, column in by.items()}
        if not cells["text"] or is_object(fields.get(by["text"])):
            reason = skips.AN_OBJECT if cells["text"] else skips.EMPTY_TEXT
            lost.append(Skip(line_in(name, line), reason))
            continue
        corpus, key = cells.get("corpus") or stem, cells.get("id", "")
        kept.append(_row(corpus, f"{corpus} {key or line}", key, cells["text"]))
    return kept, lost


def _row(corpus: str, identity: str, key: str, text: str) -> Row:
    return {"id": identity, "group": corpus, "key": key, "text": text, "prompt": text[:200]}


# Unit -> column that counts it.
UNITS = {"character": "characters", "word": "words", "token": "tokens"}
_SAID = declared(__file__)


def surprisal(sums: Floats) -> Floats:
    """Nats per unit, of the sums (nats, units)."""
    mean: Floats = sums[..., 0] / sums[..., 1]
    return mean


def perplexity(sums: Floats) -> Floats:
    """exp of that."""
    found: Floats = np.exp(surprisal(sums))
    return found


def ratio(sums: Floats) -> Floats:
    """The second corpus's perplexity over the first's, of the sums (nats, units) of each."""
    found: Floats = np.exp(surprisal(sums[..., 2:]) - surprisal(sums[..., :2]))
    return found


def difference(sums: Floats) -> Floats:
    """The second corpus's perplexity minus the first's."""
    found: Floats = perplexity(sums[..., 2:]) - perplexity(sums[..., :2])
    return found


def outcome(table: pd.DataFrame, unit: str) -> Outcome:
    """The outcome of scored documents.

    Args:
        table: (N,) documents: `id`, `group` (the corpus), `key` (shared by documents that say
            the same), `aligned`, the columns of `UNITS`, and for each side `_surprisal` (nats).
        unit: A key of `UNITS`.
    """
    items = table.copy()
    for side in BOTH:
        items[side] = items[f"{side}_surprisal"] / items[UNITS[unit]]
    items["shift"] = items["compressed"] - items["baseline"]
    corpora = list(dict.fromkeys(items["group"]))
    items["flip"] = _flips(items, corpora[0])
    results, perplexities, gaps = Results(), [], []
    tell = partial(results.metric, axis="dialect")
    for corpus in (ALL, *corpora):
        part = items if corpus == ALL else items[items["group"] == corpus]
        found = _over(surprisal, part, unit)
        results.group(corpus, part, found)
        for one in () if corpus == ALL else UNITS:
            found = _over(perplexity, part, one)
            perplexities.append({"group": corpus, "unit": one, "n": len(part), **found._asdict()})
            name = "perplexity" if one == "token" else f"perplexity_{one}"
            tell(Metric(name, "", "higher"), found, len(part), group=corpus)
    for corpus in corpora[1:]:
        two = items[items["group"].isin([corpora[0], corpus])]
        for one in UNITS:
            for kind, of in (("ratio", ratio), ("difference", difference)):
                found = _gap(of, two, one, (corpora[0], corpus))
                told = {"group": corpus, "against": corpora[0], "unit": one, "measure": kind}
                gaps.append({**told, "n": len(two), **found._asdict()})
                metric = Metric(f"perplexity_{kind}_{one}", "", "higher")
                tell(metric, found, len(two), group=corpus)
    details = {"gaps": pd.DataFrame(gaps), "perplexities": pd.DataFrame(perplexities)}
    return results.outcome(
        items,
        measure=said.Said.of(_SAID["measures"][unit]),
        sentences=_sentences(details["gaps"], results, items, unit),
        details=details,
        order=["shift"],
    )


def _over(of: Callable[[Floats], Floats], part: pd.DataFrame, unit: str) -> Contrasted:
    """Over documents: those that say the same are one, drawn apart from those that stand alone."""
    keys = part["key"].tolist()
    sums = [
        summed(part[[f"{side}_surprisal", UNITS[unit]]].to_numpy(dtype=np.float64), keys)
        for side in BOTH
    ]
    of_one = part.drop_duplicates("key")
    strata = np.where(of_one["aligned"], "pairs", of_one["group"])
    return contrast(of, sums[0], sums[1], strata.tolist())


def _gap(
    of: Callable[[Floats], Floats], two: pd.DataFrame, unit: str, corpora: tuple[str, str]
) -> Contrasted:
    """Documents that say the same are drawn together, others within their corpus.

    The exchange test asks whether the models may be swapped at all. Where compression makes
    both corpora harder alike, it is slower than the interval to see that one suffers more.
    """
    keys, second = two["key"].tolist(), (two["group"] == corpora[1]).to_numpy()
    # A pair counts as one stratum with all pairs, whichever of its documents comes last.
    names = np.where(two["aligned"], "pairs", second.astype(str))
    strata = list(dict(zip(keys, names.tolist(), strict=True)).values())
    sums = []
    for side in BOTH:
        own = two[[f"{side}_surprisal", UNITS[unit]]].to_numpy(dtype=np.float64)
        sums.append(summed(np.hstack([own * ~second[:, None], own * second[:, None]]), keys))
    return contrast(of, sums[0], sums[1], strata)


def _flips(items: pd.DataFrame, reference: str) -> list[bool]:
    """Whether the other model finds the other of two documents that say the same easier."""
    own = items[(items["group"] == reference) & items["aligned"]]
    easier = own.drop_duplicates("key").set_index("key")
    flips = []
    for row in items.to_dict("records"):
        if row["group"] == reference or row["key"] not in easier.index:
            flips.append(False)
            continue
        before, after = (row[side] < easier.loc[row["key"], side] for side in BOTH)
        flips.append(bool(before != after))
    return flips


def _sentences(
    gaps: pd.DataFrame, results: Results, items: pd.DataFrame, unit: str
) -> tuple[str, ...]:
    chosen = gaps[(gaps["unit"] == unit) & (gaps["measure"] == "ratio")].to_dict("records")
    names = [
        said._(_SAID["ratios"][unit], corpus=row["group"], reference=row["against"])
        for row in chosen
    ]
    return (
        *headlines(
            list(zip(names, contrasts(chosen), strict=True)),
            said._("models exchanged over documents"),
        ),
        results.changed(said._("corpora")),
        repeated(items[["group", "text"]]),
    )


def run(
    pair: Pair, items: Items, told: Callable[[Step], None], *, unit: str = "character"
) -> Outcome:
    """Score every document under both models.

    Without a beginning-of-text token the first token of a document is only context; its
    characters are not counted.

    Raises:
        EmptyPrompt: If a corpus has no document of two tokens.
    """
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
    read_so_far = sentences.scored(pair, texts, on_batch=lambda done, of: told(Step(done, of)))
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


def again(kept: Kept, *, unit: str = "character") -> Outcome:
    """From the documents' surprisals."""
    return outcome(kept.items, unit)


DIALECT = declared_probe(__file__, read=read, run=run, again=again)
