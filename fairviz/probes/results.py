"""The numbers of an outcome as they are found: rows of its groups, and rows for the bias tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.probes.contrast import Contrasted
from fairviz.probes.record import Outcome
from fairviz.probes.rows import ALL, Row, changed_groups, group_row, groups_table, metric_rows

if TYPE_CHECKING:
    import pandas as pd


class Metric(NamedTuple):
    """A number of the bias tables: its name, its unit, and which way harm lies."""

    name: str
    unit: str
    worse: str = ""


class Results:
    """What is found of items, collected; the first group is `all`."""

    def __init__(self) -> None:
        self._groups: list[Row] = []
        self._metrics: list[Row] = []

    def group(self, name: str, part: pd.DataFrame, found: Contrasted) -> None:
        """A row of the groups: a number of the items `part`, which say how many flipped."""
        self._groups.append(group_row(name, len(part), found, int(part["flip"].sum())))

    def metric(
        self,
        metric: Metric,
        found: Contrasted,
        n: int,
        *,
        axis: str = "",
        group: str = "",
        level: str = "aggregate",
    ) -> None:
        """The two rows of a number in the bias tables."""
        self._metrics += metric_rows(
            metric.name, found, n=n, unit=metric.unit, worse=metric.worse,
            axis=axis, group=group, level=level,
        )  # fmt: skip

    @property
    def groups(self) -> pd.DataFrame:
        """`Outcome.groups`, with Holm's p-values."""
        return groups_table(self._groups)

    def changed(self, noun: str) -> str:
        """Which groups changed, called `noun` in the plural; empty below two groups."""
        return changed_groups(self.groups, noun)

    def outcome(
        self,
        items: pd.DataFrame,
        *,
        measure: str,
        sentences: Iterable[str],
        details: Mapping[str, pd.DataFrame],
        neutral: float = math.nan,
        order: Sequence[str] = ("flip", "shift"),
        benchmark: str | None = None,
    ) -> Outcome:
        """All of it as the outcome of a probe.

        Args:
            items: `Outcome.items`, in any order.
            measure: What a group's number is.
            sentences: What the statistics allow to say; empty ones are left away.
            details: Further tables by name.
            neutral: The number that means no preference.
            order: Columns by whose size items are ordered, the largest first.
            benchmark: What the items are called in the bias tables, if not as the probe says.
        """
        import pandas as pd

        metrics = pd.DataFrame(self._metrics)
        return Outcome(
            items=items.sort_values(
                list(order), key=abs, ascending=False, kind="stable", ignore_index=True
            ),
            groups=self.groups,
            measure=measure,
            neutral=neutral,
            sentences=tuple(sentence for sentence in sentences if sentence),
            details=dict(details),
            metrics=metrics if benchmark is None else metrics.assign(benchmark=benchmark),
        )


def parts(items: pd.DataFrame, column: str = "group") -> list[tuple[str, pd.DataFrame]]:
    """`all` with all items, then each group with its own where there are several."""
    names = list(dict.fromkeys(items[column]))
    own = [(str(name), items[items[column] == name]) for name in names]
    return [(ALL, items), *(own if len(own) > 1 else [])]
