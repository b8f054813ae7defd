"""Texts and a loaded pair to traces that pages and files can show; why a pair cannot read one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import EmptyPrompt, FairvizError
from fairviz.i18n import _, ngettext, said
from fairviz.inference.scoring import Read, Scored, score
from fairviz.metrics.traces import PAIR_COLUMNS, PairTrace, TokenTrace
from fairviz.models.elsewhere import elsewhere
from fairviz.models.finite import check_embeddings, embedding_rows, stopped, without_embedding

if TYPE_CHECKING:
    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary


def encode(pair: Pair, text: str) -> list[int]:
    """Token ids of a text, with exactly one BOS where the tokenizer asks for one.

    Raises:
        EmptyPrompt: If nothing of it can be scored.
    """
    ids = pair.baseline.vocabulary.encode(text)
    if len(ids) < 2:
        raise EmptyPrompt(
            ngettext(
                "The text has {n} token, and the first only says what follows.",
                "The text has {n} tokens, and the first only says what follows.",
                len(ids),
            ),
            fix=_("Give a text of at least two tokens."),
        )
    return ids


def traces(
    pair: Pair,
    texts: Sequence[Sequence[int]],
    *,
    on_batch: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, PairTrace]]:
    """Each text under both models, short texts first; see `score.score`.

    Args:
        pair: The two models.
        texts: Token ids, as `encode` gives them; the first of a text is context.
        on_batch: Told how many tokens of how many are read, after every batch.

    Yields:
        Index of a text, its trace. Closing the iterator stops the models.

    Raises:
        NoEmbedding: If a model has no row for a token of a text; before anything is read.
        NotFinite: If a model's distributions on a text are not made of numbers.
    """
    vocabulary = pair.baseline.vocabulary
    named = [(str(one.spec), one.model) for one in (pair.baseline, pair.compressed)]
    for ids in texts:
        check_embeddings(ids, named, vocabulary.text)
    for number, scored in under_both(score, pair, texts, on_batch=on_batch):
        if scored.unread is not None:
            raise _stopped(pair, texts[number])
        yield number, trace(vocabulary, scored)


def under_both(
    way: Callable[..., Generator[tuple[int, Scored]]],
    pair: Pair,
    texts: Sequence[Sequence[int]],
    **how: Any,
) -> Generator[tuple[int, Scored]]:
    """`scoring.score` or `scoring.following` of texts as token ids under the models of a pair."""
    return way(
        pair.baseline.reader,
        pair.compressed.reader,
        texts,
        width=pair.vocabulary_size,
        bos_id=pair.baseline.vocabulary.bos_id,
        **how,
    )


def _stopped(pair: Pair, ids: Sequence[int]) -> FairvizError:
    """Which model gives no numbers, and after which token of the text it begins.

    Attention multiplies even what comes later with a weight of 0, and 0 times NaN is NaN, so that
    every place of the text may be spoiled by one. Beginnings of it are not.
    """
    for one in (pair.baseline, pair.compressed):
        good, bad = 0, len(ids) - 1
        if _numbers(one, ids[:bad], pair.vocabulary_size):
            continue
        while bad - good > 1:
            half = (good + bad) // 2
            if _numbers(one, ids[:half], pair.vocabulary_size):
                good = half
            else:
                bad = half
        break
    return stopped(one.model, str(one.spec), one.vocabulary.text(int(ids[bad - 1])))


def _numbers(model: LoadedModel, ids: Sequence[int], width: int) -> bool:
    """Whether a model says in numbers what follows each token of a text."""
    # The last id only stands for the token to come.
    ((_rest, found),) = score(model.reader, model.reader, [[*ids, 0]], width=width)
    return found.unread is None


def trace(vocabulary: Vocabulary, scored: Scored) -> PairTrace:
    """The columns of one text with the tokens as a reader sees them."""
    ids = scored.ids.tolist()
    reader = vocabulary.reader(ids[:1])
    tokens = tuple(reader.push(token_id) for token_id in ids[1:])

    def side(read: Read) -> TokenTrace:
        return TokenTrace(
            ids=scored.ids[1:],
            **read._asdict(),
            top_tokens=tuple(
                tuple(vocabulary.text(token_id) for token_id in row)
                for row in read.top_ids.tolist()
            ),
        )

    columns = {name: getattr(scored, name) for name in PAIR_COLUMNS}
    return PairTrace(tokens, side(scored.baseline), side(scored.compressed), **columns)


def strange_token(pair: Pair, ids: Sequence[int]) -> str:
    """That a token has no embedding in one of the models; empty where every one has.

    Args:
        pair: The two models.
        ids: A text.
    """
    rows = min(pair.vocabulary_size, embedding_rows(pair.baseline.model, pair.compressed.model))
    strange = without_embedding(ids, rows)
    if strange is None:
        return ""
    return said._(
        "no embedding for the token {token}", token=repr(pair.baseline.vocabulary.text(strange))
    )


def why(pair: Pair, ids: Sequence[int], baseline: bool, compressed: bool) -> str:
    """Why an item that was not measured was not: a token without an embedding, or no numbers.

    Args:
        pair: The two models.
        ids: All tokens of the item.
        baseline: Whether the baseline's numbers of it are finite.
        compressed: Whether the compressed model's are.
    """
    if reason := strange_token(pair, ids):
        return reason
    far = elsewhere(pair.baseline.model)
    if far is not None and (reason := far.why(ids)):
        return said._("it could not be read ({why})", why=reason)
    if baseline:
        return said._("no finite probabilities under the compressed model")
    if compressed:
        return said._("no finite probabilities under the baseline")
    return said._("no finite probabilities under either model")
