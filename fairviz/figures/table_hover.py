"""What a reader sees on pointing at a published number: its value, its flags, where it stands."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from fairviz.benchmarks import labels, metrics
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.metrics import Metric
from fairviz.benchmarks.schema import split
from fairviz.figures.labels import safe
from fairviz.i18n import _, number


def lines(title: str, width: int) -> str:
    """A title in lines of at most `width` characters, for an axis that is short on a phone."""
    return "<br>".join(textwrap.wrap(title, width))


def told(metric: Metric) -> Metric:
    """A metric as figures may print it: one's own table can name it anything."""
    metric = metrics.told(metric)
    return metric._replace(title=safe(metric.title), unit=safe(metric.unit))


def setting(row: Any) -> str:
    """The compressed form of a row, with its base model."""
    return safe(f"{labels.base_model(str(row.base_model))}, {labels.form(row)}")


def warnings(flags: str) -> str:
    """Each flag's title and meaning, wrapped for a hover label; empty without flags."""
    out = ""
    for name in split(flags):
        one = flag(name)
        words = "<br>".join(textwrap.wrap(safe(_(one.meaning)), 60))
        out += f"<br><b>⚑ {safe(_(one.title))}</b><br>{words}"
    return out


def suspect(flags: Iterable[object]) -> list[bool]:
    """Where a cell has a flag beyond a note that not every cell here has.

    A caution that all share stands in the text below the figure; a mark on every cell would
    mark none.
    """
    sets = [{name for name in split(str(one)) if flag(name).weight != "note"} for one in flags]
    shared = set.intersection(*sets) if len(sets) > 1 else set()
    return [bool(one - shared) for one in sets]


def marked(open_signs: Iterable[bool], symbol: str) -> list[str]:
    """The sign of each point: open where it is suspect, else filled."""
    return [f"{symbol}-open" if one else symbol for one in open_signs]


def origin(row: Any) -> str:
    """The file and line that a number was read from."""
    if not str(row.file):
        return ""
    file, column = safe(row.file), safe(row.column)
    if row.line != row.line:
        return f"<br>{file}, {column}"
    told = _("{file}, line {line}, {column}", file=file, line=int(row.line), column=column)
    return f"<br>{told}"


def moved(row: Any, metric: Metric) -> str:
    """A number, what it is compared with, and by how much it changed."""
    return _(
        "{metric}: {value:.4g}, reference {reference:.4g}, change {change:+.3g}",
        metric=metric.title,
        value=row.value,
        reference=row.reference,
        change=row.change,
    )


def items(row: Any) -> str:
    """How many items stand behind a number, where it is known."""
    return f"<br>n = {number(row.n, ',.0f')}" if row.n == row.n else ""
