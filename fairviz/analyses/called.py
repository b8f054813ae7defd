"""What a call from Python gives: a result with its presentation, its rows and its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import Chat, ModelSpec
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.base import Request
    from fairviz.analyses.forms import Forms
    from fairviz.analyses.presentation import Presentation
    from fairviz.analyses.runner import Measuring
    from fairviz.core.stored import CannotKeep
    from fairviz.metrics.traces import PairTrace
    from fairviz.models.loading import LoadedModel

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Result(Generic[R]):
    """What came out, whatever was asked."""

    # `comparison`, `reading`, `audit`, `probe`, `tradeoff`, `tables`, `served`, `compression` or
    # `report`.
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

    def keys(self) -> list[str]:
        """The key of every run of it, saved."""
        return [self.save()]


@dataclass(frozen=True, eq=False)
class Several(Result[R]):
    """What came out of several compressed forms; `value` and `key` are those of the first."""

    forms: tuple[Result[R], ...] = ()  # one a form
    # Form without a result -> why.
    refused: Mapping[str, FairvizError] = field(default_factory=dict)

    @property
    def together(self) -> Forms:
        """All of them, as one table shows them."""
        from fairviz.analyses.forms import Forms

        why = {form: str(error) for form, error in self.refused.items()}
        return Forms(self.kind, tuple(one.value for one in self.forms), why)

    def present(self, **options: str | bool) -> Presentation:
        """All forms in one table, then everything about one of them.

        Args:
            options: As of one result, and `form`: which of them, `"1"` being the first.
        """
        from fairviz.analyses.forms import present

        return present(self.together, options, "text")

    def to_frame(self) -> pd.DataFrame:
        """One row a form; those of `forms` have one a token, prompt or item."""
        from fairviz.analyses.forms import frame

        return frame(self.together).assign(key=[one.key for one in self.forms])

    def keys(self) -> list[str]:
        """The key of every form, saved."""
        return [one.save() for one in self.forms]

    def save(self) -> str:
        """The keys of all forms, with a space between them."""
        return " ".join(self.keys())


def each(
    baseline: str,
    compressed: str | Sequence[str],
    ask: Callable[[ModelSpec, ModelSpec, Where], Result[R]],
    where: Where,
) -> Result[R]:
    """One result; of several compressed forms one each, with the baseline loaded once.

    A form that cannot be measured is left out and told, where another can.

    Raises:
        FairvizError: If none can.
    """
    from fairviz.analyses.forms import of_names
    from fairviz.models.checkpoint import refuse_absent

    base = ModelSpec.parse(baseline)
    specs = of_names([compressed] if isinstance(compressed, str) else compressed)
    if len(specs) == 1:
        return ask(base, specs[0], where)
    for spec in (one for one in specs if not one.served):
        refuse_absent(spec)  # before the first takes its time
    found: list[Result[R]] = []
    refused: dict[str, FairvizError] = {}
    known: dict[ModelSpec, LoadedModel] = {}
    load = where.get("on_load")
    with ExitStack() as stack:
        if engine := where.get("engine"):
            from fairviz.analyses.engines import standing

            stack.enter_context(standing(engine))
        for place, spec in enumerate(specs, 1):

            def say(words: str, spec: ModelSpec = spec, place: int = place) -> None:
                if load is not None:
                    load(f"{place}/{len(specs)} {spec}: {words}")

            try:
                found.append(ask(base, spec, {**where, "on_load": say, "known": known}))
            except FairvizError as error:
                refused[str(spec)] = error
                known.clear()
    if not found:
        raise next(iter(refused.values()))
    return Several(**found[0].__dict__, forms=tuple(found), refused=refused)


class Where(TypedDict, total=False):
    """Where models run, and whether the answer is kept: what every measuring function takes."""

    device: str  # `auto`, `cuda`, `mps` or `cpu`
    dtype: str  # `auto`, `float32`, `bfloat16` or `float16`
    store: bool  # whether stored answers are found and new ones kept; by default they are
    unsafe_pickle: bool  # also read pickled weights, which can run code when read
    on_step: Callable[[Any], None]  # told each step; what it raises stops the models
    on_load: Callable[[str], None]  # told in sentences how far loading is
    known: dict[ModelSpec, LoadedModel]  # holds a baseline that is asked again; see `runner.alone`
    engine: str  # who reads: `ray[:ADDRESS]`, `local`, or empty for this process; see `engines`
    workers: int  # of an engine; 0 is one a GPU, or one a machine where there is none


class Asking(Where, total=False):
    """And how prompts are put to chat models; by default as they stand."""

    chat: str  # `on` puts them in the models' chat template, `auto` does where both have one
    system: str  # the system's message before them
    thinking: str  # `on` or `off`, for templates that know the switch


class Writing(Asking, total=False):
    """And how the next token is chosen, greedily by default; see `core.specs.Decoding`."""

    max_new_tokens: int
    temperature: float
    top_k: int
    top_p: float
    repetition_penalty: float
    seed: int


def parted(given: Mapping[str, Any]) -> tuple[Asking, dict[str, Any]]:
    """Where models run and how they are asked, and what else was given."""
    where: Any = {name: value for name, value in given.items() if name in Asking.__annotations__}
    return where, {name: value for name, value in given.items() if name not in where}


def asked_in(how: Asking, *models: str | Sequence[str]) -> tuple[Where, Chat | None]:
    """Where models run, and how prompts are put to all that are named."""
    from fairviz.models.chat import asked

    where: Any = dict(how)
    mode, system, thinking = (where.pop(name, "") for name in ("chat", "system", "thinking"))
    names = [name for one in models for name in ([one] if isinstance(one, str) else one)]
    specs = [ModelSpec.parse(name) for name in names if mode == "auto"]
    return where, asked(mode or "off", system, thinking, specs)


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
    known: dict[ModelSpec, LoadedModel] | None = None,
    engine: str = "",
    workers: int = 0,
) -> Result[Any]:
    """Found, or measured and kept."""
    from fairviz.analyses import runner
    from fairviz.analyses.store import Store

    machine = runner.Machine(device, dtype, unsafe_pickle)
    loading = runner.alone(on_load, known) if models else runner.no_pair
    if workers and not engine:
        raise BadSpec(_("Workers are of an engine."), fix=_("Add --engine ray, or leave them out."))
    with ExitStack() as stack:
        if engine and models:
            from fairviz.analyses.engines import opened
            from fairviz.engine.loading import refuse_other

            refuse_other(request)  # before anything is started
            kept = False
            if store:  # as this machine would answer it; another device is asked there
                with suppress(FairvizError):  # this machine has no such device
                    kept = Store().has(kind, runner.key_of(kind, request, machine, Store()))
            if not kept:
                reads = opened(engine, workers, machine, keep=store, say=on_load)
                machine, loading = stack.enter_context(reads)
        answer = runner.answer(
            kind,
            request,
            measure,
            machine=machine,
            store=Store() if store else None,
            loading=loading,
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
