"""What a call from Python gives: a result with its presentation, its rows and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.base import Request
    from fairviz.analyses.presentation import Presentation
    from fairviz.analyses.runner import Measuring

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Result(Generic[R]):
    """What came out, whatever was asked.

    Attributes:
        kind: `comparison`, `reading`, `audit`, `probe`, `tradeoff`, `tables`, `compression` or
            `report`.
        value: What was measured, with its request and provenance.
    """

    kind: str
    value: R
    _present: Callable[[Mapping[str, Any]], Presentation]
    _frame: Callable[[], pd.DataFrame]
    _save: Callable[[], str]

    def present(self, **options: str | bool) -> Presentation:
        """What a reader is shown of it: sentences, numbers, figures, tables, limits.

        Args:
            options: What page and report let a reader choose, such as `length="character"`.
        """
        return self._present(options)

    def to_frame(self) -> pd.DataFrame:
        """One row a token, prompt, item, form or published number."""
        return self._frame()

    def save(self) -> str:
        """Its key in the store, where it is kept if it is not yet.

        Raises:
            CannotKeep: If it cannot be written.
        """
        return self._save()


def answered(
    kind: str,
    request: Request,
    measure: Measuring,
    machine: tuple[str, str, bool],
    store: bool,
    frame: Callable[[Any], pd.DataFrame],
    *,
    models: bool = True,
) -> Result[Any]:
    """Found, or measured and kept."""
    from fairviz.analyses import runner
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store

    where = runner.Machine(*machine)
    answer = runner.answer(
        kind,
        request,
        measure,
        machine=where,
        store=Store() if store else None,
        loading=runner.alone() if models else runner.no_pair,
    )

    def save() -> str:
        if answer.key:
            return answer.key
        key = runner.key_of(kind, request, where, Store())
        Store().save(kind, key, answer.result)
        return key

    def present(options: Mapping[str, Any]) -> Presentation:
        return ANALYSES[kind].present(answer.result, options, "text")

    return Result(kind, answer.result, present, lambda: frame(answer.result), save)


def tokens(traces: Mapping[Any, Any]) -> pd.DataFrame:
    """One row a token, under the name of its text."""
    import pandas as pd

    from fairviz.metrics.trace_tables import table

    found: list[pd.DataFrame] = [
        table(trace).to_pandas().assign(text=name) for name, trace in traces.items()
    ]
    return pd.concat(found, ignore_index=True)


def rows(documents: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(documents))
