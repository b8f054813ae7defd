"""A reading whose baseline is a file that llama.cpp wrote of what its model expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.core.declared import refusals_of
from fairviz.core.errors import FairvizError, VocabularyMismatch
from fairviz.core.specs import ModelSpec
from fairviz.inference.against_logits import Chunk, chunks
from fairviz.inference.pair_scoring import trace
from fairviz.metrics.traces import PAIR_COLUMNS, TRACE_COLUMNS, PairTrace, TokenTrace
from fairviz.models.catalog import here
from fairviz.models.finite import check_embeddings, stopped
from fairviz.models.llama_logits import LogitsFile, logits_file
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.models.metadata import config_of
from fairviz.models.pair import Pair
from fairviz.models.vocabulary import Vocabulary

_other_vocabulary = refusals_of(__file__, VocabularyMismatch)
_too_long = refusals_of(__file__, FairvizError)


def read_logits(
    pair: Pair, request: ReadingRequest, on_batch: Callable[[int, int], None] | None = None
) -> Reading:
    """The compressed model on the tokens of the file, as one text.

    A token that a chunk begins with is shown on a new line, since the text jumps there: what is
    between is context that was not scored.

    Args:
        pair: The compressed model, twice.
        request: Whose baseline is the file.
        on_batch: Told how many tokens of how many are read; what it raises stops the model.

    Raises:
        Unreadable: If the file is none of llama.cpp's, or not whole.
        VocabularyMismatch: If its vocabulary is of another size than the model's.
        FairvizError: If its chunks are longer than what the model reads at once.
        NotFinite: If the model's distributions are not made of numbers.
    """
    file = logits_file(Path(request.baseline.logits))
    model = pair.in_batches(request.batch_rows).compressed
    _check(file, pair, request)
    check_embeddings(
        np.unique(file.tokens).tolist(), [(str(model.spec), model.model)], model.vocabulary.text
    )
    bos, found = model.vocabulary.bos_id, []
    with out_of_memory_as_advice():
        for chunk in chunks(model.reader, file, bos_id=bos, on_batch=on_batch):
            place = chunk.scored.unread
            if place is not None:
                last = model.vocabulary.text(int(chunk.scored.ids[place]))
                raise stopped(model.model, str(model.spec), last)
            found.append(chunk)
    return Reading(
        request=request,
        contexts=(tuple(model.vocabulary.texts(found[0].context)),),
        traces=(joined(model.vocabulary, found),),
        floor={},
        provenance={
            **pair.provenance(),
            "baseline": {
                "source": str(request.baseline),
                "made_with": "llama-perplexity --kl-divergence-base",
                "bos": model.vocabulary.bos,
            },
            "llama_logits": {
                "n_ctx": file.n_ctx,
                "n_chunks": file.n_chunks,
                "vocabulary_size": file.vocabulary_size,
                "step": max(one.quantized.step for one in found),
                "clipped": sum(one.quantized.clipped for one in found),
                "outside": float(np.mean([one.quantized.outside for one in found])),
            },
        },
    )


def check_file(spec: ModelSpec, compressed: ModelSpec) -> None:
    """Refuse a baseline's file that cannot be read, or not by this model, before it is loaded.

    Raises:
        Unreadable: As `logits_file`.
        VocabularyMismatch: If a model's folder on this machine names another size.
    """
    file, folder = logits_file(Path(spec.logits)), here(compressed)
    if folder is None or not (folder / "config.json").is_file():
        return
    config = config_of(folder)
    inner = config.get("text_config")
    size = (inner if isinstance(inner, dict) else config).get("vocab_size")
    if isinstance(size, int):
        _check_vocabulary(file, size, compressed)


def joined(vocabulary: Vocabulary, found: Sequence[Chunk]) -> PairTrace:
    """The chunks as one text, each on a new line."""
    traces = [trace(vocabulary, one.scored) for one in found]
    tokens = [
        f"\n{text}" if number and not place else text
        for number, one in enumerate(traces)
        for place, text in enumerate(one.tokens)
    ]

    def side(sides: Sequence[TokenTrace]) -> TokenTrace:
        columns = {
            name: np.concatenate([getattr(one, name) for one in sides])
            for name in ("ids", *TRACE_COLUMNS)
        }
        rows = tuple(row for one in sides for row in one.top_tokens)
        return TokenTrace(**columns, top_tokens=rows)

    return PairTrace(
        tuple(tokens),
        side([one.baseline for one in traces]),
        side([one.compressed for one in traces]),
        **{name: np.concatenate([getattr(one, name) for one in traces]) for name in PAIR_COLUMNS},
    )


def _check_vocabulary(file: LogitsFile, size: int, model: ModelSpec) -> None:
    if file.vocabulary_size != size:
        raise _other_vocabulary(
            "vocabulary", path=file.path, n=file.vocabulary_size, model=model, m=size
        )


def _check(file: LogitsFile, pair: Pair, request: ReadingRequest) -> None:
    _check_vocabulary(file, pair.vocabulary_size, request.compressed)
    most = pair.compressed.context_length
    if most is not None and file.n_ctx > most:
        raise _too_long("length", path=file.path, n=file.n_ctx, model=request.compressed, m=most)
