"""One place that finds an answer or computes and keeps it, whoever asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from fairviz.analyses.base import Request, here, models_of, together
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store
from fairviz.core.stored import CannotKeep

if TYPE_CHECKING:
    from fairviz.core.specs import ModelSpec
    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair

_log = logging.getLogger(__name__)


class Machine(NamedTuple):
    """Where models run."""

    device: str = "auto"  # `auto`, `cuda`, `mps` or `cpu`
    dtype: str = "auto"  # `auto`, `float32`, `bfloat16` or `float16`
    # Whether pickled weights are read too, which can run code when read.
    unsafe_pickle: bool = False
    # Whether device and number type are those of other machines, chosen there.
    elsewhere: bool = False

    def placed(self) -> Machine:
        """It, with the device and the number type of choice in place of `auto`."""
        from fairviz.models import devices

        if self.elsewhere:
            return self
        device = devices.choose(self.device)
        dtype = devices.default_dtype(device) if self.dtype == "auto" else self.dtype
        return self._replace(device=device, dtype=dtype)


class Answer(NamedTuple):
    """A result and where it is kept."""

    result: Any  # what was measured
    key: str  # its key in the store; empty where it is not kept
    fresh: bool  # whether it was computed now
    unkept: CannotKeep | None = None  # why it could not be kept; None where it is, or was not to be


# A loaded pair while it is needed: a request's models on a device of a number type.
Loading = Callable[[Request, Machine, str], AbstractContextManager["Pair | None"]]
# Measures with a pair (None where none is run) and keeps batches in an opened run (None where a run
# is kept whole): progress after progress, then a result. What has steps within a step tells them to
# the last argument, which may raise.
Measuring = Callable[[Any, Any, Callable[[Any], None]], Iterator[Any]]


def alone(
    say: Callable[[str], None] | None = None, known: dict[ModelSpec, LoadedModel] | None = None
) -> Loading:
    """Loads the pair of a request for it alone.

    Args:
        say: Told in sentences how far that is.
        known: Keeps the baseline for the next request, whose form takes this one's turn.
    """

    @contextmanager
    def loaded(request: Request, machine: Machine, device: str) -> Iterator[Pair]:
        from fairviz.models.memory import collect
        from fairviz.models.pair import load_pair

        first, second = models_of(request)
        pair = load_pair(
            first,
            second,
            device=device,
            dtype=machine.dtype,
            unsafe_pickle=machine.unsafe_pickle,
            together=together(request),
            progress=say,
            known=known,
        )
        if known is not None:
            known.clear()
            if first == request.baseline:
                known[first] = pair.baseline
        try:
            yield pair
        finally:
            if known is not None:
                del pair
                collect()

    return loaded


@contextmanager
def no_pair(request: Request, machine: Machine, device: str) -> Iterator[None]:
    """For requests that read what others measured."""
    yield None


def key_of(
    kind: str, request: Request, machine: Machine, store: Store, *, models: bool = True
) -> str:
    """The key of a request's run on a machine; where no models are run, of the request alone."""
    if not models:
        return store.key(kind, request, ("", ""), "", "")
    device, dtype, *_rest = machine.placed()
    return store.key(kind, request, prints(request), device, dtype)


def prints(request: Request) -> tuple[str, str]:
    """Of both models what tells them from others of their names, as they are put to it."""
    from fairviz.models import catalog

    first, second = (catalog.fingerprint(one) for one in (request.baseline, request.compressed))
    if getattr(request, "chat", None) is not None:
        from fairviz.models.chat import hash_of, template_here

        first += hash_of(template_here(request.baseline) or "")
        second += hash_of(template_here(request.compressed) or "")
    return first, second


def answer(
    kind: str,
    request: Request,
    measure: Measuring,
    *,
    machine: Machine = Machine(),  # noqa: B008 (immutable)
    store: Store | None,
    loading: Loading = alone(),  # noqa: B008 (keeps nothing)
    on_step: Callable[[Any], None] = lambda step: None,
    again: bool = False,
) -> Answer:
    """What a request's models give: out of the store, or measured now and kept.

    Each result is kept as it comes, and a later one of the same run replaces it.

    Whatever `on_step` raises stops the models; what a kind keeps batch by batch stays, and the
    next run of the same request goes on from there.

    Args:
        kind: A key of `registry.ANALYSES`.
        store: Where runs are kept; None keeps nothing and finds nothing.
        loading: Loads the pair, after waiting for the device where others use it.
        again: Whether a stored answer is passed over.

    Raises:
        FairvizError: Whatever loading and measuring raise.
    """
    codec = ANALYSES[kind].codec
    key, opened, unkept, device = "", None, None, ""
    models = loading is not no_pair
    if models:
        device = machine.placed().device
    if store is not None:
        key = key_of(kind, request, machine, store, models=models)
        found = None if again else store.load(kind, key)
        if found is not None:
            return Answer(found, key, fresh=False)
        if codec.begin is not None:
            try:
                opened = store.begin(kind, key, request)
            except CannotKeep as error:
                unkept = error
    if models:
        from fairviz.models.checkpoint import refuse_absent

        for spec in models_of(request):
            if not (spec.served and ANALYSES[kind].servers):
                refuse_absent(spec)  # before anybody waits for the device
        if getattr(request, "chat", None) is not None:
            from fairviz.models.chat import refuse_without

            refuse_without((request.baseline, request.compressed))
    result = None
    loaded = here(request) if models else request
    load = no_pair if loaded is None else loading
    with load(loaded or request, machine, device) as pair:
        if pair is not None:
            pair.read_ahead(partial(_read, measure))
        steps: Any = measure(pair, opened, on_step)
        with closing(steps):
            for step in steps:
                if isinstance(step, codec.result):
                    result = step
                    if store is not None and codec.begin is None:
                        unkept = _kept(store, kind, key, result)
                else:
                    on_step(step)
    if result is None:
        raise RuntimeError(f"the {kind} ended before its last step")
    return _fresh(result, key, unkept)


def _read(measure: Measuring, pair: Pair) -> None:
    """Measure, and tell of it only how far it is."""

    def told(step: Any) -> None:
        if hasattr(step, "done"):
            pair.tell_ahead(step.done, getattr(step, "of", 0) or getattr(step, "total", 0))

    with closing(cast("Generator[Any]", measure(pair, None, told))) as steps:
        for step in steps:
            told(step)


def keep(kind: str, result: Any, store: Store | None) -> Answer:
    """A result that was read from what others measured, kept under the hash of its request."""
    if store is None:
        return Answer(result, "", fresh=True)
    # Others name their models as they like: what they measured tells them apart.
    measured = result.measured if hasattr(result, "measured") else ""
    key = store.key(kind, result.request, (measured, measured), "", "")
    if store.has(kind, key):
        return Answer(result, key, fresh=False)
    return kept(store, kind, key, result)


def kept(store: Store, kind: str, key: str, result: Any) -> Answer:
    """What was computed now, kept where the store takes it."""
    return _fresh(result, key, _kept(store, kind, key, result))


def _fresh(result: Any, key: str, unkept: CannotKeep | None) -> Answer:
    if unkept is not None:
        _log.warning("%s was not stored: %s", key, unkept)
    return Answer(result, "" if unkept else key, fresh=True, unkept=unkept)


def _kept(store: Store, kind: str, key: str, result: Any) -> CannotKeep | None:
    try:
        store.save(kind, key, result)
    except CannotKeep as error:
        return error
    return None
