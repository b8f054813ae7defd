"""What is shown where a model is behind a server: which numbers are exact, and between which ends
the others lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses.chips import LISTED, MOST, strength
from fairviz.analyses.estimates import Brief, Cell, signed
from fairviz.analyses.presentation import (
    Chip,
    Facts,
    Finding,
    Number,
    Option,
    Picture,
    Presentation,
    Table,
    Text,
    chosen,
    data_frame,
)
from fairviz.analyses.served import origins
from fairviz.analyses.served.request import LLAMA_CPP, Served, ServedText
from fairviz.analyses.trace_pictures import DISTANCE
from fairviz.core.declared import declared, sentences_of, told
from fairviz.core.shortened import shortened
from fairviz.figures.intervals import Row, intervals
from fairviz.figures.palette import BASELINE, COMPRESSED
from fairviz.i18n import _, number
from fairviz.metrics.traces import BOTH, Bools, Floats, first_divergence

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)
# Of which a mean is told.
_MEANS = ("kl", "js", "tv", "entropy_shift")
_LARGEST = 50
# What is full colour where nothing moved far.
_PALE = 0.002


def options(served: Served) -> tuple[Option, ...]:
    """What a reader may change of how it is shown."""
    choices = tuple(declared(__file__)["distances"].items())
    return (replace(DISTANCE, choices=choices, default="js"),)


def present(served: Served, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one run, whoever shows it."""
    request = served.request
    distance = str(chosen(options(served), given)["distance"])
    written = request.decoding is not None
    with_both = [text for text in served.texts if _both(text).any()]
    title = "title_written" if written else "title_read"
    parts_at = _parts_at(served)
    call, note = origins.repeating(served, given)
    return Presentation(
        kind="served",
        title=_say(title, text=shortened(request.text)),
        question=(
            (_("Baseline"), str(request.baseline)),
            (_("Compressed model"), str(request.compressed)),
            (_("Asked of a server"), origins.asked(served)),
        ),
        finding=_finding(with_both),
        identities=origins.cards(served),
        texts=tuple(_text(text, parts_at) for text in served.texts),
        numbers=tuple(
            Number(f"mean_{name}", _say(f"mean_{name}"), _between(*_mean(with_both, name)))
            for name in (_MEANS if with_both else ())
        ),
        figures=tuple(_picture(text, distance, parts_at) for text in with_both),
        tables=_tables(with_both, distance, audience),
        allowed=_allowed(served, with_both),
        not_allowed=_limits(served, with_both),
        provenance=origins.provenance(served),
        command=call,
        command_note=note,
        facts=Facts(
            pair=(str(request.baseline), str(request.compressed)),
            measured=True,
            greedy=request.decoding.greedy if request.decoding else None,
            seeds=(request.decoding.seed,) if request.decoding else (),
            n=1,  # of its machines one at least is not known
        ),
    )


def brief(served: Served, given: Mapping[str, Any]) -> Brief:
    """The ends of the means, over both texts where there are two."""
    texts = [text for text in served.texts if _both(text).any()]
    if not texts:
        return ()
    n = float(sum(mask.sum() for mask in _counted(texts)))
    cells = [Cell("n", _("Tokens"), n, number(n, ",.0f"))]
    for name in _MEANS:
        ends = _mean(texts, name)
        # No value of its own: it lies between them.
        cells.append(Cell(f"mean_{name}", _say(f"mean_{name}"), math.nan, _between(*ends), *ends))
    return tuple(cells)


def _both(text: ServedText) -> Bools:
    """(T,) where both models were read on the same context."""
    found: Bools = ~np.isnan(text.ends("js")[0])
    return found


def _counted(texts: list[ServedText]) -> list[Bools]:
    """(T,) of each text: the places that count, each context once.

    Two texts have the same contexts up to the first token where they differ, and before it.
    """
    masks = [_both(text) for text in texts]
    if len(texts) == 2:
        parts = _parting(texts)
        masks[1][: len(masks[1]) if parts is None else parts + 1] = False
    return masks


def _mean(texts: list[ServedText], name: str) -> tuple[float, float]:
    """The ends between which the mean over all contexts lies on which both were read."""
    low, high = _ends(texts, name).mean(axis=1)
    return float(low), float(high)


def _ends(texts: list[ServedText], name: str) -> Floats:
    """(2, N) both ends of a number on each context."""
    masks = _counted(texts)
    parts = [np.array(text.ends(name))[:, mask] for text, mask in zip(texts, masks, strict=True)]
    found: Floats = np.concatenate(parts, axis=1)
    return found


def _between(low: float, high: float) -> str:
    """Two ends as a reader has them: one number where they are one, no end where there is none."""
    if not math.isfinite(high) and math.isfinite(low):
        return f"≥ {signed(low)}"
    if not math.isfinite(low):
        return f"≤ {signed(high)}" if math.isfinite(high) else "–"
    return signed(low) if low == high else _("[{low}, {high}]", low=signed(low), high=signed(high))


def _finding(texts: list[ServedText]) -> Finding:
    """Of all its texts together."""
    if not texts:
        return Finding(_say("no_numbers"), "none", "example")
    kl, js = _mean(texts, "kl"), _mean(texts, "js")
    both = zip(texts, _counted(texts), strict=True)
    same = np.concatenate([text.tokens["same_top"].to_numpy(float)[mask] for text, mask in both])
    which = "found_between" if math.isfinite(kl[1]) else "found_least"
    said = {"n": len(same), "kl": kl[0], "low": js[0], "high": js[1], "share": same.mean()}
    return Finding(
        _say(which, **said, **({"most": kl[1]} if which == "found_between" else {})),
        "none",
        "example",
    )


def _text(text: ServedText, parts_at: int | None) -> Text:
    """Its tokens, coloured by how their probability moved where both told it."""
    before, after = text.prob
    shift = after - before
    sizes = np.abs(shift[np.isfinite(shift)])
    limit = max(float(sizes.max()) if len(sizes) else 0.0, _PALE)
    chips = tuple(
        Chip(
            token,
            _say("chip", value=value) if math.isfinite(value) else "",
            strength(value, limit),
        )
        for token, value in zip(text.tokens["token"][:MOST], shift, strict=False)
    )
    title = f"text_of_{text.side}" if text.side else "text"
    return Text(
        title=_say(title),
        side=text.side,
        prompt=text.before,
        chips=chips,
        parts_at=parts_at,
        legend=_say("legend", limit=float(f"{limit:.2g}")),
        low=BASELINE,
        high=COMPRESSED,
        left=max(len(text) - MOST, 0),
    )


def _parts_at(served: Served) -> int | None:
    """Where two texts that were written part."""
    return _parting(served.texts) if len(served.texts) == 2 else None


def _parting(texts: Sequence[ServedText]) -> int | None:
    one, other = (text.tokens["id"].tolist() for text in texts)
    return first_divergence(one, other)


def _picture(text: ServedText, distance: str, parts_at: int | None) -> Picture:
    before, after = text.prob
    title = _(declared(__file__)["distances"][distance])
    unit = _say("share" if distance == "tv" else "nats")
    rows = (
        Row(_say("probability_shift"), "", after - before, after - before, signed=True),
        Row(_say("entropy_shift"), _say("nats"), *text.ends("entropy_shift"), signed=True),
        Row(title, unit, *text.ends(distance)),
    )
    return Picture(
        figure=intervals(text.tokens["token"].tolist(), rows, parts_at),
        alt=_say("alt", n=len(text), distance=title),
        caption=_say("caption"),
        table=_rows(text, np.arange(min(len(text), LISTED))),
        title=_say(f"along_{text.side}" if text.side else "along"),
        name=f"intervals_{text.side}" if text.side else "intervals",
    )


def _rows(text: ServedText, places: Any) -> pd.DataFrame:
    """One row a token, every number with its two ends."""
    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    before, after = text.prob
    columns: dict[str, Any] = {
        title["place"]: places,
        title["token"]: text.tokens["token"].to_numpy()[places],
        title["before"]: before[places],
        title["after"]: after[places],
    }
    for key, name in (("kl", "kl"), ("js", "js"), ("tv", "tv"), ("shift", "entropy_shift")):
        low, high = text.ends(name)
        ended = np.where(np.isinf(high), np.nan, high)
        columns |= {title[f"{key}_low"]: low[places], title[f"{key}_high"]: ended[places]}
    for key, side in (("top_before", "baseline"), ("top_after", "compressed")):
        columns[title[key]] = text.tokens[f"top_{side}"].to_numpy()[places]
    return data_frame(columns).dropna(axis="columns", how="all")


def _tables(texts: list[ServedText], distance: str, audience: str) -> tuple[Table, ...]:
    if not texts:
        return ()
    found = [Table(_say("in_numbers"), _means(texts), folded=audience == "page")]
    for text in texts:
        low = np.where(_both(text), text.ends(distance)[0], -1.0)
        places = np.argsort(-low, kind="stable")[: min(_LARGEST, int(_both(text).sum()))]
        name = "" if not text.side else f" ({_say(f'text_of_{text.side}')})"
        found.append(Table(f"{_say('largest')}{name}", _rows(text, places)))
    return tuple(found)


def _means(texts: list[ServedText]) -> pd.DataFrame:
    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    rows = []
    for name in _MEANS:
        ends = _ends(texts, name)
        low, high = ends.mean(axis=1)
        width = float(np.median(ends[1] - ends[0]))
        rows.append(
            {
                title["number"]: _say(f"mean_{name}"),
                title["low"]: signed(low) if math.isfinite(low) else title["endless"],
                title["high"]: signed(high) if math.isfinite(high) else title["endless"],
                title["width"]: signed(width) if math.isfinite(width) else title["endless"],
                title["exact"]: number(float((ends[0] == ends[1]).mean()), ".0%"),
            }
        )
    return data_frame(rows)


def _exact_share(texts: list[ServedText]) -> float:
    """Tokens of which both told the probability, among those that both have read."""
    both = zip(texts, _counted(texts), strict=True)
    known = [np.isfinite(np.add(*text.prob))[mask] for text, mask in both]
    return float(np.concatenate(known).mean())


def _allowed(served: Served, texts: list[ServedText]) -> tuple[str, ...]:
    out = []
    for text in texts:
        kl, tv = _mean([text], "kl"), _mean([text], "tv")
        name = _say(f"text_of_{text.side}" if text.side else "text")
        n = int(_both(text).sum())
        out.append(_say("of_text", text=name, n=n, kl=kl[0], low=tv[0], high=tv[1]))
        if n < len(text):
            out.append(_say("compared", text=name, n=n, of=len(text)))
    if len(served.texts) == 2 and _parts_at(served) is None and len(served.texts[0]):
        out.append(_say("same_text"))
    if texts:
        out.append(_say("chosen_exact", share=_exact_share(texts)))
    return tuple(out)


def _limits(served: Served, texts: list[ServedText]) -> tuple[str, ...]:
    how = served.request.decoding
    endless = any(np.isinf(text.ends("kl")[1]).any() for text in texts)
    short = any(_both(text).sum() < len(text) for text in served.texts)
    software = [served.provenance.get(side, {}).get("software") for side in BOTH]
    said = (
        (bool(texts), "bound"),
        (LLAMA_CPP in software, "sums"),
        (endless, "no_end"),
        (True, "unlisted"),
        (short, "other_context"),
        (how is not None and not how.greedy, "alone"),
        (True, "name_only"),
        (True, "batch"),
        (True, "no_floor"),
    )
    return tuple(_say(name) for holds, name in said if holds)
