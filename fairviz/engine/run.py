"""A pair that is read elsewhere: what is done is found, what is not is planned and handed out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from fairviz.core.errors import NotFinite, OutOfMemory
from fairviz.engine.finished import Finished, Packed
from fairviz.engine.jobs import WRITING, Answers, Chooses, Done, Job, Reads, Side, Writes, key
from fairviz.i18n import _, speaking
from fairviz.inference.scoring import Piece
from fairviz.models.elsewhere import Elsewhere, Facts
from fairviz.models.finite import embedding_rows
from fairviz.models.identity import IdentityCard
from fairviz.models.loading import LoadedModel
from fairviz.models.pair import Pair

# What is written may be read again, and that once more; whatever is left is read as it is asked.
_ROUNDS = 6
# Jobs that were read as they were asked, between two savings.
_BATCH = 16
# Seconds between two savings of what came, and between two words on it.
_SAVE, _PACE = 2.0, 1.0
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

    @property
    def actors(self) -> int:
        """How many they are."""

    def hand(self, key: str, job: Job) -> list[Packed]:
        """Take a job that is to be done with many; what has been done meanwhile.

        Waits where there is enough to do, so that a set of any size passes through.
        """

    def finish(self) -> Iterable[list[Packed]]:
        """Do all that were taken, as they come."""

    def now(self, job: Job) -> Done:
        """Do one at once."""


@dataclass
class Run:
    """The jobs of one request."""

    finished: Finished
    workers: Workers
    say: Callable[[str], None]
    # Whether what is asked depends on no answer, so that one round learns all of it.
    foreseen: bool = False
    # Ids of what could not be read -> why.
    reasons: dict[tuple[int, ...], str] = field(default_factory=dict)
    _planned: dict[str, int] | None = None  # jobs of a round -> how many texts
    _guessed: bool = False
    _stopped: bool = False  # by whoever is told, or whoever reads
    _came: list[Packed] = field(default_factory=list)  # not kept yet
    _pace: Pace = field(default_factory=lambda: Pace())

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

        It is measured with guesses in place of what is not known, to learn what it asks, which is
        handed out meanwhile; what is asked of texts that are not written yet, it asks in a later
        round.
        """
        for number in range(_ROUNDS):
            self._planned, self._guessed, self._pace = {}, False, Pace()
            try:
                measure()
            except Exception:
                if self._stopped:
                    raise
                # Guesses can fail any statistic; what fails on real numbers fails again.
                _log.debug("a plan of round %s ended early", number, exc_info=True)
            else:
                self._pace.share = 1.0
            finally:
                planned, self._planned = self._planned, None
            for some in self.workers.finish() if planned else ():
                self._keep(some, planned)
            self.close()
            if not planned or (self.foreseen and self._pace.share == 1):
                return

    def tell(self, words: str) -> None:
        """Say how far it is; what is raised then stops a plan too."""
        try:
            self.say(words)
        except BaseException:
            self._stopped = True
            raise

    def tell_ahead(self, done: int, of: int) -> None:
        """So much of a plan is made."""
        self._pace.share = done / of if of else 0.0
        if not self._pace.began:  # nothing is read yet
            self.tell(_("What is to be read is planned: {done:,} of {of:,}", done=done, of=of))

    def close(self) -> None:
        """Keep what came."""
        came, self._came = self._came, []
        self._pace.saved = time.monotonic()
        self.finished.add(came)

    def _plan(self, name: str, job: Job, planned: dict[str, int]) -> None:
        writes = isinstance(job, WRITING)
        # A text that is only guessed need not be read.
        if name not in planned and (writes or not self._guessed):
            planned[name] = len(job.texts)
            try:
                self._keep(self.workers.hand(name, job), planned)
            except BaseException:
                self._stopped = True
                raise
        self._guessed |= writes

    def _keep(self, some: list[Packed], planned: dict[str, int]) -> None:
        """Take what was read of a plan."""
        if not some:
            return
        self._came += some
        pace = self._pace
        pace.read(sum(planned[one.key] for one in some))
        if time.monotonic() - pace.saved > _SAVE:
            self.close()
        if pace.due():
            self.tell(pace.words(sum(planned.values()), self.workers.actors))

    def _now(self, name: str, job: Job) -> Done:
        done = self.workers.now(job)
        self._came.append(Packed.of(name, done))
        if len(self._came) >= _BATCH:
            self.close()
        return done


@dataclass
class Pace:
    """How fast texts are read."""

    share: float = 0.0  # of the plan that is made; 0 where nobody knows
    done: int = 0
    began: float = 0.0  # when the first came
    saved: float = field(default_factory=time.monotonic)
    _first: int = 0  # texts that came first: what they took includes loading
    _told: float = 0.0

    def read(self, texts: int) -> None:
        """So many more were read."""
        self.done += texts
        if not self.began:
            self.began, self._first = time.monotonic(), self.done

    def due(self) -> bool:
        """Whether it is time to tell, which is noted."""
        now = time.monotonic()
        if now - max(self.began, self._told) < _PACE:
            return False
        self._told = now
        return True

    def words(self, planned: int, actors: int) -> str:
        """How far it is, where so many texts are planned up to now."""
        told: dict[str, Any] = {"done": self.done, "actors": actors}
        pace = (self.done - self._first) / max(time.monotonic() - self.began, 1e-9)
        if not pace or not self.share:
            return _("Texts read: {done:,} (workers: {actors})", **told)
        of = max(round(planned / self.share), self.done)
        told |= {"of": of, "pace": pace, "left": (of - self.done) / pace}
        if self.share < 1:
            return _(
                "Texts read: {done:,} of about {of:,}, {pace:,.0f} a second, about "
                "{left:,.0f} s left (workers: {actors})",
                **told,
            )
        return _(
            "Texts read: {done:,} of {of:,}, {pace:,.0f} a second, about "
            "{left:,.0f} s left (workers: {actors})",
            **told,
        )


class Far(Elsewhere):
    """A model whose batches a run has read."""

    def __init__(self, facts: Facts, run: Run) -> None:
        super().__init__(facts)
        self.run = run

    def why(self, ids: Sequence[int]) -> str:
        return self.run.reasons.get(tuple(ids), "")

    def read(self, readers: Any, batch: Sequence[Any], width: int, k: int) -> Any:
        pieces = tuple(Piece(place, 0, one.ids, one.new) for place, one in enumerate(batch))
        return self.run.answer(Reads(_both(readers), pieces, width, k))

    def choose(self, reader: Any, items: Sequence[Any], width: int) -> Any:
        return self.run.answer(Chooses(Side.of(reader), tuple(items), width))

    def write(self, writers: Any, asks: Sequence[Any], decoding: Any, width: int) -> Any:
        return self.run.answer(Writes(_both(writers), tuple(asks), decoding, width))

    def answer(self, writers: Any, prompt: Sequence[int], most: int, width: int) -> Any:
        return self.run.answer(Answers(_both(writers), tuple(prompt), most, width))


def _both(two: Any) -> tuple[Side, Side]:
    first, second = map(Side.of, two)
    return first, second


@dataclass(frozen=True, eq=False, kw_only=True)
class FarPair(Pair):
    """Two models that are loaded elsewhere."""

    run: Run
    turns: bool  # whether they take turns there

    def read_ahead(self, measure: Callable[[Pair], object]) -> None:
        """Have all done that a measuring asks."""
        self.run.ahead(lambda: measure(self))

    def tell_ahead(self, done: int, of: int) -> None:
        """Say how far the planning is."""
        self.run.tell_ahead(done, of)

    def provenance(self) -> dict[str, Any]:
        """As of any pair, and who read."""
        turns = {"in_turn": True} if self.turns else {}
        return {**super().provenance(), **turns, "engine": self.run.workers.name}


def packed(pair: Pair, jobs: Sequence[tuple[str, Job]]) -> list[Packed]:
    """Jobs with their keys, by a pair that is here."""
    done = perform(pair, [job for _key, job in jobs])
    return [Packed.of(key, one) for (key, _job), one in zip(jobs, done, strict=True)]


def perform(pair: Pair, jobs: Sequence[Job]) -> list[Done]:
    """Jobs by a pair that is here; one that cannot be done is told, and ends no other.

    Of models that take turns each reads all of them at its turn, or as many as there is memory for
    what the first has read.

    Raises:
        OutOfMemory: If there is not enough for one.
    """
    if pair.in_turn:
        try:
            pair.read_ahead(lambda alone: [_perform(alone, job) for job in jobs])
        except OutOfMemory:
            half = len(jobs) // 2
            if not half:
                raise
            return perform(pair, jobs[:half]) + perform(pair, jobs[half:])
    return [_perform(pair, job) for job in jobs]


def _perform(pair: Pair, job: Job) -> Done:
    with speaking("en"):  # why is kept
        try:
            return job.run(pair)
        except Exception as error:  # as `jobs.each`
            if isinstance(error, OutOfMemory) or not isinstance(job, WRITING):
                raise
            why = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
            return Done({}, ((0, why),))
