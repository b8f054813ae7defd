"""A pair that is read elsewhere: what is done is found, what is not is planned and handed out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from fairviz.core.errors import NotFinite
from fairviz.engine.finished import Finished, Packed
from fairviz.engine.jobs import WRITING, Answers, Chooses, Done, Job, Reads, Writes, key
from fairviz.i18n import _, speaking
from fairviz.models.elsewhere import Elsewhere, Facts
from fairviz.models.pair import Pair

if TYPE_CHECKING:
    from fairviz.models.identity import IdentityCard
    from fairviz.models.loading import LoadedModel

# What is written may be read again, and that once more; whatever is left is read as it is asked.
_ROUNDS = 6
# Jobs that were read as they were asked, between two savings.
_BATCH = 16
_log = logging.getLogger(__name__)


class Model(NamedTuple):
    """What is known of a model that is loaded elsewhere."""

    facts: Facts
    card: IdentityCard
    eos_ids: frozenset[int]
    context_length: int | None


class Known(NamedTuple):
    """What is known of a pair that is loaded elsewhere."""

    baseline: Model
    compressed: Model
    vocabulary_size: int
    in_turn: bool

    @classmethod
    def of(cls, pair: Pair) -> Known:
        """Of a pair that is loaded here."""
        first = _model(pair.baseline, "baseline")
        same = pair.baseline is pair.compressed
        second = first if same else _model(pair.compressed, "compressed")
        return cls(first, second, pair.vocabulary_size, pair.in_turn)


def _model(loaded: LoadedModel, side: str) -> Model:
    from fairviz.models.finite import embedding_rows

    facts = Facts(
        str(loaded.spec),
        side,
        embedding_rows(loaded.model),
        loaded.batch_invariant,
        str(loaded.model.dtype).removeprefix("torch."),
        str(getattr(loaded.model, "quantization_method", None) or ""),
    )
    return Model(facts, loaded.identity, loaded.eos_ids, loaded.context_length)


class Workers(Protocol):
    """Who reads."""

    @property
    def name(self) -> str:
        """As a run's provenance says it."""

    def hand(self, key: str, job: Job) -> None:
        """Take a job that is to be done with many."""

    def finish(self, say: Callable[[str], None]) -> Iterable[list[Packed]]:
        """Do all that were taken, as they come."""

    def now(self, job: Job) -> Done:
        """Do one at once."""


@dataclass
class Run:
    """The jobs of one request."""

    finished: Finished
    workers: Workers
    say: Callable[[str], None]
    # Ids of what could not be read -> why.
    reasons: dict[tuple[int, ...], str] = field(default_factory=dict)
    _planned: set[str] | None = None
    _guessed: bool = False
    _stopped: bool = False  # by whoever is told
    _own: list[Packed] = field(default_factory=list)

    def answer(self, job: Job) -> Any:
        """What a job gives: as it is kept, or read now; while planning, a guess.

        Raises:
            NotFinite: If it writes, and could not.
        """
        name = key(job)
        done = self.finished.get(name)
        if done is None and self._planned is not None:
            self._plan(name, job, self._planned)
            return job.guess()
        if done is None:
            done = self._now(name, job)
        for place, why in done.failed:
            ids = tuple(job.texts[place])
            # What follows a prompt is read with a stand-in behind it.
            self.reasons |= {ids: why, ids[:-1]: why}
        if done.failed and isinstance(job, WRITING):
            raise NotFinite(done.failed[0][1], fix=_("Leave it out."))
        return job.value(done.arrays)

    def ahead(self, measure: Callable[[], object]) -> None:
        """Have all done that a measuring asks, by all workers at once.

        It is measured with guesses in place of what is not known, to learn what it asks; what is
        asked of texts that are not written yet, it asks in a later round.
        """
        for number in range(_ROUNDS):
            self._planned, self._guessed = set(), False
            try:
                measure()
            except Exception:
                if self._stopped:
                    raise
                # Guesses can fail any statistic; what fails on real numbers fails again.
                _log.debug("a plan of round %s ended early", number, exc_info=True)
            finally:
                planned, self._planned = self._planned, None
            if not planned:
                return
            for some in self.workers.finish(self.tell):
                self.finished.add(some)

    def tell(self, words: str) -> None:
        """Say how far it is; what is raised then stops a plan too."""
        try:
            self.say(words)
        except Exception:
            self._stopped = True
            raise

    def close(self) -> None:
        """Keep what was read as it was asked."""
        self.finished.add(self._own)
        self._own = []

    def _plan(self, name: str, job: Job, planned: set[str]) -> None:
        writes = isinstance(job, WRITING)
        # A text that is only guessed need not be read.
        if name not in planned and (writes or not self._guessed):
            planned.add(name)
            self.workers.hand(name, job)
        self._guessed |= writes

    def _now(self, name: str, job: Job) -> Done:
        done = self.workers.now(job)
        self._own.append(Packed.of(name, done))
        if len(self._own) >= _BATCH:
            self.close()
        return done


class Far(Elsewhere):
    """A model whose batches a run has read."""

    def __init__(self, facts: Facts, run: Run) -> None:
        super().__init__(facts)
        self.run = run

    def why(self, ids: Sequence[int]) -> str:
        return self.run.reasons.get(tuple(ids), "")

    def read(self, readers: Any, batch: Sequence[Any], width: int, k: int) -> Any:
        return self.run.answer(Reads.of(readers, batch, width, k))

    def choose(self, reader: Any, items: Sequence[Any], width: int) -> Any:
        return self.run.answer(Chooses.of(reader, items, width))

    def write(self, writers: Any, asks: Sequence[Any], decoding: Any, width: int) -> Any:
        return self.run.answer(Writes.of(writers, asks, decoding, width))

    def answer(self, writers: Any, prompt: Sequence[int], most: int, width: int) -> Any:
        return self.run.answer(Answers.of(writers, prompt, most, width))


@dataclass(frozen=True, eq=False)
class FarPair(Pair):
    """Two models that are loaded elsewhere."""

    run: Run | None = None

    def read_ahead(self, measure: Callable[[Pair], object]) -> None:
        """Have all done that a measuring asks."""
        if self.run is not None:
            self.run.ahead(lambda: measure(self))

    def tell_ahead(self, done: int, of: int) -> None:
        """Say how far the planning is."""
        self.say(_("What is to be read is planned: {done:,} of {of:,}", done=done, of=of))

    def provenance(self) -> dict[str, Any]:
        """As of any pair, and who read."""
        name = self.run.workers.name if self.run else ""
        return {**super().provenance(), "engine": name}


def perform(pair: Pair, jobs: Sequence[Job]) -> list[Done]:
    """Jobs by a pair that is here; one that cannot be done is told, and ends no other."""
    if pair.in_turn:
        pair.read_ahead(lambda alone: [_perform(alone, job) for job in jobs])
    return [_perform(pair, job) for job in jobs]


def _perform(pair: Pair, job: Job) -> Done:
    with speaking("en"):  # why is kept
        try:
            return job.run(pair)
        except Exception as error:  # as `jobs.each`
            if not isinstance(job, WRITING):
                raise
            why = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
            return Done({}, ((0, why),))
