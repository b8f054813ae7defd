"""The pictures of an audit, each with its words and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairviz import figures
from fairviz.analyses.audit.calibration import calibration_told
from fairviz.analyses.audit.shown import Shown
from fairviz.analyses.audit.units import clusters
from fairviz.analyses.presentation import Picture
from fairviz.figures.audit_confidence import right_or_wrong
from fairviz.i18n import _, ngettext
from fairviz.metrics.traces import BOTH
from fairviz.stats import Bins, adaptive_reliability, binned

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 90


def pictures(seen: Shown) -> list[Picture]:
    """Shift and change by the baseline's uncertainty, then how sure both models were."""
    kind, table = seen.audit.request.kind, seen.table
    drawn = [_shift(seen), _rate(seen)]
    if kind == "prompts":
        drawn.append(_before_after(table, _("Probability of the most likely next token"),
                                   "top_prob", _same_top(table)))  # fmt: skip
    if kind == "items":
        judged = bool(table["baseline_correct"].notna().any())
        title = _("Confidence in the right answer") if judged else _("Confidence in its answer")
        which = "true_confidence" if judged else "confidence"
        kinds = [
            right_or_wrong(float(before), float(after))
            for before, after in zip(
                table["baseline_correct"], table["compressed_correct"], strict=True
            )
        ]
        drawn.append(_before_after(table, title, which, kinds))
        if judged:
            drawn.append(_reliability(table))
    return drawn


def _labels(table: pd.DataFrame) -> list[str]:
    column = "text" if "text" in table else "context"
    texts = (str(one) for one in table[column])
    return [one if len(one) <= _LONGEST else f"{one[: _LONGEST - 1]}…" for one in texts]


def _shift(seen: Shown) -> Picture:
    up, titles = seen.shift, seen.titles
    bins = binned(
        seen.uncertainty, np.log(np.where(up > 0, up, np.nan)), clusters=clusters(seen.table)
    )
    zeros = int((up == 0).sum())
    return Picture(
        figure=figures.audit_shift(
            seen.uncertainty,
            up,
            bins,
            titles=titles,
            labels=_labels(seen.table),
            changed=seen.changed,
            log=True,
            floor=None if seen.floor is None else seen.floor.size,
        ),
        alt=ngettext(
            "A scatter plot of {n:,} point: {across} across, {up} up on a logarithmic "
            "axis, with the geometric mean of each bin.",
            "A scatter plot of {n:,} points: {across} across, {up} up on a logarithmic "
            "axis, with the geometric mean of each bin.",
            len(up),
            across=titles[0],
            up=titles[1],
        ),
        caption=_(
            "Where the baseline was unsure: squares are the geometric mean of a bin of as many "
            "points each, with its 95 % interval; grey is the noise floor."
        )
        + (
            " "
            + ngettext(
                "{n} did not move at all and cannot be drawn here.",
                "{n} did not move at all and cannot be drawn here.",
                zeros,
            )
            if zeros
            else ""
        ),
        table=_bins(bins, titles, logarithmic=True),
    )


def _bins(bins: Bins, titles: tuple[str, str], *, logarithmic: bool) -> pd.DataFrame:
    import pandas as pd

    mean, low, high = (
        np.exp(one) if logarithmic else one for one in (bins.mean, bins.mean_low, bins.mean_high)
    )
    return pd.DataFrame(
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
    caption = {
        "prompts": _("How often the most likely next token changed; Wilson's 95 % interval."),
        "items": _("How often the answer changed; Wilson's 95 % interval."),
        "answers": _("How often the words changed; Wilson's 95 % interval."),
    }[seen.audit.request.kind]
    return Picture(
        figure=figures.audit_rate(bins, titles),
        alt=_("The share that changed in each bin of the baseline's uncertainty."),
        caption=caption,
        table=_bins(bins, titles, logarithmic=False),
    )


def _same_top(table: pd.DataFrame) -> list[str]:
    return [
        "another top token" if changed else "same top token" for changed in table["top_changed"]
    ]


def _before_after(table: pd.DataFrame, title: str, which: str, kinds: list[str]) -> Picture:
    import pandas as pd

    before, after = (table[f"{side}_{which}"].to_numpy(dtype=np.float64) for side in BOTH)
    said = pd.Series(kinds)
    rows = [
        {
            _("What happened"): _(kind),
            "n": int((said == kind).sum()),
            _("Mean under the baseline"): float(np.nanmean(before[(said == kind).to_numpy()])),
            _("Mean under the compressed model"): float(
                np.nanmean(after[(said == kind).to_numpy()])
            ),
        }
        for kind in dict.fromkeys(kinds)
    ]
    return Picture(
        figure=figures.audit_before_after(before, after, kinds, _labels(table), title),
        alt=_("{what}: under the baseline across, under the compressed model up.", what=title),
        caption=_("Below the dashed line the compressed model is less sure, above it surer."),
        table=pd.DataFrame(rows),
    )


def _reliability(table: pd.DataFrame) -> Picture:
    import pandas as pd

    judged = table[table["baseline_correct"].notna()]
    both = [
        adaptive_reliability(judged[f"{side}_confidence"], judged[f"{side}_correct"])
        for side in BOTH
    ]
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    _("Model"): name,
                    _("Confidence"): one.confidence,
                    _("Share of right answers"): one.accuracy,
                    "n": one.n,
                }
            )
            for name, one in zip((_("Baseline"), _("Compressed model")), both, strict=True)
        ]
    )
    return Picture(
        figure=figures.audit_reliability(*both),
        alt=_("A reliability diagram: confidence across, share of right answers up, both models."),
        caption=_(
            "On the dashed line a model is as often right as it is sure. Bins of equal counts."
        )
        + " "
        + calibration_told(judged, "counts", clusters(judged)),
        table=rows,
    )
