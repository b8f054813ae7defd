"""A pair for the runner that is read elsewhere: by a cluster, or here with what that has done."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairviz.core.disk import cache_root
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec, request_key
from fairviz.core.stored import CannotKeep
from fairviz.engine.finished import FOLDER, Finished, Packed
from fairviz.engine.jobs import Done, Job
from fairviz.engine.run import Far, FarPair, Known, Model, Run, Workers, packed, perform
from fairviz.i18n import _
from fairviz.models.chat import template_here
from fairviz.models.checkpoint import locate
from fairviz.models.gguf import record_of
from fairviz.models.loading import LoadedModel
from fairviz.models.pair import Pair
from fairviz.models.tokenizer import read_tokenizers
from fairviz.models.vocabulary import Vocabulary

# Batches that are read before somebody is told.
_AT_ONCE = 16


@dataclass
class Here:
    """This process, with a pair that is loaded in it."""

    pair: Pair
    name: str = "local"
    actors: int = 1
    _taken: list[tuple[str, Job]] = field(default_factory=list)

    def hand(self, key: str, job: Job) -> list[Packed]:
        """Take a job; some are done together."""
        self._taken.append((key, job))
        return self._perform() if len(self._taken) >= _AT_ONCE else []

    def finish(self) -> Iterable[list[Packed]]:
        """Do the rest."""
        if self._taken:
            yield self._perform()

    def _perform(self) -> list[Packed]:
        taken, self._taken = self._taken, []
        return packed(self.pair, taken)

    def now(self, job: Job) -> Done:
        """Do one."""
        return perform(self.pair, [job])[0]


def refuse_other(request: Any) -> None:
    """Refuse what takes the weights themselves, and what is no model that a worker loads.

    Raises:
        BadSpec: If null models are asked for, or a side is a file of log-probabilities.
    """
    if request.baseline.logits:
        raise BadSpec(
            _("{source} is read in this process.", source=request.baseline.source),
            fix=_("Leave out --engine."),
        )
    if getattr(request, "null", 0):
        raise BadSpec(
            _("Null models change the weights, and those are in other processes."),
            fix=_("Leave out --null, or --engine."),
        )


def folder_of(request: Any, fingerprints: tuple[str, str], device: str, dtype: str) -> Path:
    """Where the jobs of a request are kept until it is answered."""
    asked = type(request).__name__, request.document()
    return cache_root() / FOLDER / request_key(1, dict([asked]), fingerprints, device, dtype)


@contextmanager
def far_pair(
    request: Any,
    known: Known,
    workers: Workers,
    say: Callable[[str], None],
    folder: Path | None,
    *,
    unsafe_pickle: bool = False,
) -> Iterator[FarPair]:
    """The pair of a request, read by workers.

    Args:
        folder: Keeps what is done; it is deleted once the request is answered. None keeps it while
            it is asked only.
    """
    with tempfile.TemporaryDirectory() as passing:
        try:
            finished = Finished(folder or Path(passing))
        except CannotKeep:  # the answer itself will say so
            finished = Finished(Path(passing))
        run = Run(finished, workers, say, getattr(request, "foreseen", False))
        vocabularies = _vocabularies((request.baseline, request.compressed), unsafe_pickle)
        models = [
            _loaded(spec, vocabularies[spec], model, run)
            for spec, model in (
                (request.baseline, known.baseline),
                (request.compressed, known.compressed),
            )
        ]
        if known.compressed.facts.side == "baseline":
            models[1] = models[0]
        try:
            size, turns = known.vocabulary_size, known.in_turn
            yield FarPair(models[0], models[1], size, run.tell, run=run, turns=turns)
        except BaseException:
            run.close()
            raise
        finished.forget()


def _loaded(spec: ModelSpec, vocabulary: Vocabulary, model: Model, run: Run) -> LoadedModel:
    far: Any = Far(model.facts, run)
    return LoadedModel(spec, far, vocabulary, model.card, model.eos_ids, model.context_length)


def _vocabularies(specs: Sequence[ModelSpec], unsafe_pickle: bool) -> dict[ModelSpec, Vocabulary]:
    folders = {spec: locate(spec, unsafe_pickle=unsafe_pickle) for spec in dict.fromkeys(specs)}
    return {
        spec: Vocabulary(tokenizer, (template_here(spec) if record_of(folders[spec]) else "") or "")
        for spec, tokenizer in read_tokenizers(folders, []).items()
    }
