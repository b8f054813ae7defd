"""The pictures of an audit, each with its words and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from fairviz import figures
from fairviz.analyses.audit.measured import calibration_told
from fairviz.analyses.audit.shown import Shown, clusters
from fairviz.analyses.audit.tables import PART_TITLES, TEXT, by, label, parted
from fairviz.analyses.presentation import Picture, data_frame
from fairviz.core.declared import sentences_of
from fairviz.figures.audit import right_or_wrong
from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH, Floats, Ints
from fairviz.stats import Bins, binned, reliability
from fairviz.stats.clusters import in_order

_say = sentences_of(__file__)
_LONGEST, _MOST_PARTS = 90, 40
# Points that are drawn one by one; of more, one for each spot of a grid across and up.
_MOST_POINTS, _GRID = 5000, (150, 90)
_CHANGED = {
    "prompts": N_("How often the most likely next token changed"),
    "items": N_("How often the answer changed"),
    "answers": N_("How often the words changed"),
}
_PARTS_ALT = {
    "language": N_("Mean shift and share that changed for each language, with intervals."),
    "theme": N_("Mean shift and share that changed for each theme, with intervals."),
    "group": N_("Mean shift and share that changed for each group, with intervals."),
}


def pictures(
    seen: Shown, options: Mapping[str, str | bool], *, named: bool = False
) -> list[Picture]:
    """Shift and change by the baseline's uncertainty, how sure both models were, each part.

    Args:
        named: Whether a point under the pointer says its name and not its text.
    """
    kind, table = seen.audit.request.kind, seen.table
    text = table["id" if named else TEXT[kind]]
    drawn = [_shift(seen, text, logarithmic=bool(options["log_shift"])), _rate(seen)]
    if kind == "prompts":
        names = "same top token", "another top token"
        kinds = np.asarray(names, dtype=object)[seen.changed.astype(int)]
        title = _("Most likely next token")
        drawn.append(
            _before_after(seen, text, _("How sure each model was"), title, "top_prob", kinds)
        )
    if kind == "items":
        judged = bool(table["baseline_correct"].notna().any())
        title = _("Confidence in the right answer") if judged else _("Confidence in its answer")
        which = "true_confidence" if judged else "confidence"
        both = zip(table["baseline_correct"], table["compressed_correct"], strict=True)
        kinds = np.array(
            [right_or_wrong(float(before), float(after)) for before, after in both], dtype=object
        )
        heading = _("Confidence before and after")
        drawn.append(_before_after(seen, text, heading, title, which, kinds))
        if judged:
            drawn.append(_reliability(table, str(options["bins"])))
    if options.get("part"):
        drawn.append(_parts(seen, str(options["part"])))
    return drawn


def _labels(text: pd.Series[str], near: Near) -> list[str]:
    """Of each point that is drawn its text, and for how many near it it stands."""
    texts = map(str, text.iloc[near.places])
    cut = [text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…" for text in texts]
    return [
        f"{text} {_('(and near it: {n:,})', n=more)}" if more else text
        for text, more in zip(cut, (near.points - 1).tolist(), strict=True)
    ]


class Near(NamedTuple):
    """The points of a picture, those that lie on one spot drawn as one."""

    places: Ints  # of the points that are drawn, in their order
    points: Ints  # for how many each stands, itself included

    @property
    def said(self) -> str:
        """That some stand for others; empty where none does."""
        if not len(self.points) or self.points.max() == 1:
            return ""
        return _(
            "Drawn as one are points that would lie on one spot: {drawn:,} stand for {n:,}.",
            n=int(self.points.sum()),
            drawn=len(self.points),
        )


def near(across: Floats, up: Floats, kinds: npt.NDArray[Any]) -> Near:
    """All points up to `_MOST_POINTS`; of more one for each spot of a grid and each kind.

    Args:
        across, up: (N,) as drawn, on a logarithmic axis their logarithms; NaN is not drawn.
        kinds: (N,) what is drawn alike.
    """
    every = np.arange(len(across))
    if len(every) <= _MOST_POINTS:
        return Near(every, np.ones_like(every))
    every = np.flatnonzero(np.isfinite(across) & np.isfinite(up))
    spot = in_order(kinds[every])
    for values, cells in zip((across[every], up[every]), _GRID, strict=True):
        low, size = values.min(), max(float(np.ptp(values)), 1e-300)
        cell = np.minimum(((values - low) / size * cells).astype(np.int64), cells - 1)
        spot = spot * cells + cell
    points = np.bincount(spot)
    first = np.zeros(len(points), dtype=np.int64)
    first[spot[::-1]] = np.arange(len(spot))[::-1]  # the first of each is written last
    drawn = np.sort(first[points > 0])
    return Near(every[drawn], points[spot[drawn]])


def _shift(seen: Shown, text: pd.Series[str], *, logarithmic: bool) -> Picture:
    up, titles, changed = seen.shift, seen.titles, seen.changed
    values = np.log(np.where(up > 0, up, np.nan)) if logarithmic else up
    bins = binned(seen.uncertainty, values, clusters=clusters(seen.table))
    mean = _("geometric mean") if logarithmic else _("mean")
    zeros = int((up == 0).sum())
    drawn = near(seen.uncertainty, values, changed)
    here = drawn.places
    caption = " ".join(filter(None, (_say("shift", mean=mean), drawn.said)))
    if logarithmic and zeros:
        caption += " " + _say("unmoved", n=zeros)
    return Picture(
        figure=figures.audit_shift(
            seen.uncertainty[here],
            up[here],
            bins,
            titles=titles,
            labels=_labels(text, drawn),
            changed=changed[here],
            log=logarithmic,
            floor=None if seen.floor is None else seen.floor.size,
        ),
        alt=_say("shift_alt", n=len(up), across=titles[0], up=titles[1], mean=mean),
        caption=caption,
        table=_bins(bins, titles, logarithmic=logarithmic),
        title=_("Where the baseline was unsure"),
        name="audit_shift",
    )


def _bins(bins: Bins, titles: tuple[str, str], *, logarithmic: bool) -> pd.DataFrame:
    mean, low, high = (
        np.exp(values) if logarithmic else values
        for values in (bins.mean, bins.mean_low, bins.mean_high)
    )
    return data_frame(
        {
            _("{what}, from", what=titles[0]): bins.low,
            _("to"): bins.high,
            "n": bins.n,
            _("Mean of {what}", what=titles[1]): mean,
            _("95 %, low"): low,
            _("95 %, high"): high,
        }
    )


def _rate(seen: Shown) -> Picture:
    bins = binned(seen.uncertainty, seen.changed.astype(float), clusters=clusters(seen.table))
    titles = (seen.titles[0], _("Share that changed"))
    return Picture(
        figure=figures.audit_rate(bins, titles),
        alt=_("The share that changed in each bin of the baseline's uncertainty."),
        caption=_("Wilson's 95 % interval. Each dot holds about as many of the set."),
        table=_bins(bins, titles, logarithmic=False),
        title=_(_CHANGED[seen.audit.request.kind]),
        name="audit_rate",
    )


def _before_after(
    seen: Shown, text: pd.Series[str], heading: str, title: str, which: str, kinds: npt.NDArray[Any]
) -> Picture:
    before, after = (seen.table[f"{side}_{which}"].to_numpy(dtype=np.float64) for side in BOTH)
    drawn = near(before, after, kinds)
    here = drawn.places
    rows = [
        {
            _("What happened"): _(kind),
            "n": int((alike := kinds == kind).sum()),
            _("Mean under the baseline"): float(np.nanmean(before[alike])),
            _("Mean under the compressed model"): float(np.nanmean(after[alike])),
        }
        for kind in dict.fromkeys(kinds.tolist())
    ]
    sizes = {str(row[_("What happened")]): int(str(row["n"])) for row in rows}
    caption = _("Below the dashed line the compressed model is less sure, above it surer.")
    return Picture(
        figure=figures.audit_before_after(
            before[here], after[here], kinds[here], _labels(text, drawn), title, sizes
        ),
        alt=_("{what}: under the baseline across, under the compressed model up.", what=title),
        caption=" ".join(filter(None, (caption, drawn.said))),
        table=data_frame(rows),
        title=heading,
        name="audit_before_after",
    )


def _reliability(table: pd.DataFrame, bins: str) -> Picture:
    judged = table[table["baseline_correct"].notna()]
    both = [
        reliability(judged[f"{side}_confidence"], judged[f"{side}_correct"], bins) for side in BOTH
    ]
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    _("Model"): name,
                    _("Confidence"): bars.confidence,
                    _("Share of right answers"): bars.accuracy,
                    "n": bars.n,
                }
            )
            for name, bars in zip((_("Baseline"), _("Compressed model")), both, strict=True)
        ]
    )
    said = _say("reliability")
    return Picture(
        figure=figures.audit_reliability(*both),
        alt=_("A reliability diagram: confidence across, share of right answers up, both models."),
        caption=f"{said} {calibration_told(judged, bins, clusters(judged))}",
        table=rows,
        title=_("Is a model as often right as it is sure?"),
        name="audit_reliability",
    )


def _parts(seen: Shown, part: str) -> Picture:
    kind, source = seen.audit.request.kind, seen.audit.request.source
    rows = by(seen.table, part, kind)
    drawn = rows.head(_MOST_PARTS).copy()
    drawn[part] = [label(str(value), source) for value in drawn[part]]
    shift = _("Mean Jensen-Shannon divergence (nats)") if kind == "items" else _("Mean KL (nats)")
    said = [_("In brackets: how many. 95 % intervals.")]
    if len(rows) > _MOST_PARTS:
        said.append(_("The 40 with the largest shift of {n}.", n=len(rows)))
    said.append(_say("parts"))
    return Picture(
        figure=figures.audit_parts(drawn, part, (shift, _("Share that changed (%)"))),
        alt=_(_PARTS_ALT[part]),
        caption=" ".join(said),
        table=parted(seen.table, part, seen.audit.request),
        title=_(PART_TITLES[part]),
        name="audit_parts",
    )
