"""What a call from Python gives: a result with its presentation, its rows and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.base import Request
    from fairviz.analyses.presentation import Presentation
    from fairviz.analyses.runner import Measuring
    from fairviz.core.stored import CannotKeep
    from fairviz.metrics.traces import PairTrace

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Result(Generic[R]):
    """What came out, whatever was asked."""

    # `comparison`, `reading`, `audit`, `probe`, `tradeoff`, `tables`, `compression` or `report`.
    kind: str
    value: R  # what was measured, with its request and provenance
    _frame: Callable[[R], pd.DataFrame]
    _save: Callable[[], str]
    _present: Callable[[R], Presentation] | None = None
    key: str = ""  # in the store; empty where it is not kept
    unkept: CannotKeep | None = None  # why it could not be kept

    def present(self, **options: str | bool) -> Presentation:
        """What a reader is shown of it: sentences, numbers, figures, tables, limits.

        Args:
            options: What page and report let a reader choose, such as `length="character"`.
        """
        from fairviz.analyses.registry import ANALYSES

        if self._present is not None:
            return self._present(self.value)
        return ANALYSES[self.kind].present(self.value, options, "text")

    def to_frame(self) -> pd.DataFrame:
        """One row a token, prompt, item, form or published number."""
        return self._frame(self.value)

    def save(self) -> str:
        """Its key in the store, where it is kept if it is not yet.

        Raises:
            CannotKeep: If it cannot be written.
        """
        return self.key or self._save()


class Where(TypedDict, total=False):
    """Where models run, and whether the answer is kept: what every measuring function takes."""

    device: str  # `auto`, `cuda`, `mps` or `cpu`
    dtype: str  # `auto`, `float32`, `bfloat16` or `float16`
    store: bool  # whether stored answers are found and new ones kept; by default they are
    unsafe_pickle: bool  # also read pickled weights, which can run code when read
    on_step: Callable[[Any], None]  # told each step; what it raises stops the models
    on_load: Callable[[str], None]  # told in sentences how far loading is


class Writing(Where, total=False):
    """And how the next token is chosen, greedily by default; see `core.specs.Decoding`."""

    max_new_tokens: int
    temperature: float
    top_k: int
    top_p: float
    repetition_penalty: float
    seed: int


def parted(given: Mapping[str, Any]) -> tuple[Where, dict[str, Any]]:
    """Where models run, and what else was given."""
    where: Any = {name: value for name, value in given.items() if name in Where.__annotations__}
    return where, {name: value for name, value in given.items() if name not in where}


def answered(
    kind: str,
    request: Request,
    measure: Measuring,
    frame: Callable[[Any], pd.DataFrame],
    *,
    models: bool = True,
    device: str = "auto",
    dtype: str = "auto",
    store: bool = True,
    unsafe_pickle: bool = False,
    on_step: Callable[[Any], None] = lambda step: None,
    on_load: Callable[[str], None] | None = None,
) -> Result[Any]:
    """Found, or measured and kept."""
    from fairviz.analyses import runner
    from fairviz.analyses.store import Store

    machine = runner.Machine(device, dtype, unsafe_pickle)
    answer = runner.answer(
        kind,
        request,
        measure,
        machine=machine,
        store=Store() if store else None,
        loading=runner.alone(on_load) if models else runner.no_pair,
        on_step=on_step,
    )

    def save() -> str:
        key = runner.key_of(kind, request, machine, Store(), models=models)
        Store().save(kind, key, answer.result)
        return key

    return Result(kind, answer.result, frame, save, key=answer.key, unkept=answer.unkept)


def tokens(texts: Mapping[Any, PairTrace]) -> pd.DataFrame:
    """One row a token, under the name of its text."""
    import pandas as pd

    from fairviz.metrics.trace_tables import table

    named: list[pd.DataFrame] = [
        table(trace).to_pandas().assign(text=name) for name, trace in texts.items()
    ]
    return pd.concat(named, ignore_index=True)


def rows(documents: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(documents))
