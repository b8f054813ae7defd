"""Groups side by side: what compression did to each, how sure that is, how far they lie apart."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fairviz.benchmarks.labels import form, order, records, word
from fairviz.benchmarks.metrics import metric
from fairviz.benchmarks.schema import joined
from fairviz.i18n import _, speaking
from fairviz.stats import noise_floor, spread, two_proportions, wilson

if TYPE_CHECKING:
    import pandas as pd


# Below this many items a share is too coarse to rank.
FEW = 50


def finest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the finest level that names groups: group, else axis; controls stay with axes."""
    for level in ("group", "axis"):
        if (rows["level"] == level).any():
            kept = rows["level"].isin(["axis", "control"]) if level == "axis" else None
            return rows[rows["level"] == level] if kept is None else rows[kept]
    return rows.iloc[0:0]


def named(rows: pd.DataFrame) -> pd.Series[str]:
    """What each row is about: the group, or the axis where that is the finest there is."""
    group = rows["group"].astype(str)
    return group.where(group != "", rows["axis"].astype(str))


def with_intervals(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `low` and `high`: 95 % Wilson intervals where n is known, else as published.

    For a share the interval is binomial. For a mean of probabilities it is one too, which is
    too wide rather than too narrow: values in [0, 1] with mean p vary by at most p (1 - p).
    Other metrics get none.
    """
    out = rows.copy()
    kinds = {name: metric(str(name)).kind for name in out["metric"].astype(str).unique()}
    binomial = out["metric"].astype(str).map(kinds).isin(["share", "probability"]).to_numpy()
    n = out["n"].astype("float64").to_numpy()
    n = np.where(binomial, n, np.nan)
    interval = wilson(out["value"].to_numpy() * n, n)
    for name, ends in (("low", interval.low), ("high", interval.high)):
        out[name] = np.where(np.isfinite(ends), ends, out[name].to_numpy())
    return out


def with_contrasts(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `changes` with `change_low` and `change_high`: 95 % Newcombe intervals.

    Only for shares of known n on both sides; NaN elsewhere. They take the two models' answers
    as independent samples, which answers to the same prompts are not: see `two_proportions`.
    """
    columns = ["reference", "value", "reference_n", "n"]
    numbers = rows[columns].astype("float64").to_numpy()
    shares = [metric(str(name)).kind == "share" for name in rows["metric"]]
    low, high = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for place in np.flatnonzero(shares & np.isfinite(numbers).all(axis=1)):
        before, after, n_before, n_after = (float(one) for one in numbers[place])
        if min(n_before, n_after) > 0:
            counts = (round(before * n_before), round(after * n_after))
            found = two_proportions(counts, (int(n_before), int(n_after)))
            low[place], high[place] = found.low, found.high
    return rows.assign(change_low=low, change_high=high)


def few(rows: pd.DataFrame) -> pd.Series[bool]:
    """Where fewer than `FEW` items stand behind a number."""
    return (rows["n"] < FEW).fillna(False).astype(bool)


def labelled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `who` (the group's name for a reader) and `form` (the compressed form's).

    `setting` is `form` in English: the same in every language, so that it can stand in an
    address. Sorted as figures list them: groups by axis and name, those of few items and
    controls last; forms by method, structure and ratio. Where a form has two lines, `form`
    names the line.
    """
    out = rows.assign(who=[_who(row) for row in records(rows)])
    with speaking("en"):
        out["setting"] = [form(row) for row in records(rows)]
        twice = out.duplicated(["base_model", "setting", "who", "metric", "axis"], keep=False)
        out["setting"] = _with_lines(out["setting"], twice, out["line"])
    out["form"] = _with_lines([form(row) for row in records(rows)], twice, out["line"])
    keys = {
        "few": few(out),
        "control": out["level"] == "control",
        "by_axis": out["axis"].astype(str),
        "by_who": out["who"].str.normalize("NFKD"),
        "by_method": out["method"]
        .astype(str)
        .map({m: order(m) for m in out["method"].astype(str).unique()}),
        "by_structure": out["structure"].astype(str).replace("unstructured", "0"),
    }
    by = ["control", "few", "by_axis", "by_who", "by_method", "by_structure", "ratio", "line"]
    return out.assign(**cast(Any, keys)).sort_values(by, kind="stable").drop(columns=list(keys))


def _with_lines(forms: Iterable[str], twice: Iterable[bool], lines: Iterable[object]) -> list[str]:
    return [
        _("{form} (line {line})", form=name, line=line) if again else name
        for name, again, line in zip(forms, twice, lines, strict=True)
    ]


def _who(row: Any) -> str:
    name = word(str(row.group) or str(row.axis))
    title = name[:1].upper() + name[1:]
    asides = [_("control")] if row.level == "control" else []
    asides += [f"n = {row.n:.0f}"] if row.n < FEW else []
    return f"{title} ({', '.join(asides)})" if asides else title


_KEYS = ["base_model", "method", "bits", "ratio", "structure", "line"]


@lru_cache(maxsize=4096)
def _floor(share: float, n: tuple[int, ...]) -> float:
    return noise_floor(share, n, draws=1000).quantile


def drift(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """One row per setting: the spread of its groups and the floor that their sizes give.

    Args:
        rows: Rows of one metric and of one level that names groups. Controls and groups of
            fewer than `FEW` items are left out.
        kind: The metric's kind; a floor needs shares or means of probabilities.

    Returns:
        The settings with `spread` (standard deviation over groups), `range`, `lowest` and
        `highest` (names), `groups` (how many), `floor` (95 % of draws lie below it if all
        groups had one rate; NaN where sizes are unknown) and `flags`.
    """
    import pandas as pd

    kept = rows[(rows["level"] != "control") & ~(rows["n"] < FEW).fillna(False)]
    kept = kept.assign(who=named(kept))
    out = []
    kept = kept.astype({"bits": "float64"})
    for keys, part in kept.groupby(_KEYS, observed=True, dropna=False, sort=False):
        values = part["value"].to_numpy(dtype=np.float64)
        measured = spread(values)
        n = part["n"].astype("float64").to_numpy()
        known = kind in ("share", "probability") and bool(np.isfinite(n).all())
        floor = float("nan")
        if known and len(values) > 1:
            floor = _floor(float(np.average(values, weights=n)), tuple(n.astype(int)))
        finite = part[part["value"].notna()]
        out.append(
            dict(zip(_KEYS, keys, strict=True))
            | {
                "spread": measured.standard_deviation,
                "range": measured.range,
                "lowest": finite["who"].iloc[finite["value"].argmin()] if len(finite) else "",
                "highest": finite["who"].iloc[finite["value"].argmax()] if len(finite) else "",
                "groups": len(finite),
                "floor": floor,
                "flags": joined(",".join(part["flags"].astype(str).unique()).split(",")),
            }
        )
    return pd.DataFrame(
        out, columns=[*_KEYS, "spread", "range", "lowest", "highest"] + ["groups", "floor", "flags"]
    )
