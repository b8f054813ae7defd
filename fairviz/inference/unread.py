"""Why one item of a set cannot be read by a pair, while the others can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairviz.i18n import said
from fairviz.models.finite import embedding_rows, without_embedding

if TYPE_CHECKING:
    from fairviz.models.pair import Pair


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
    if baseline:
        return said._("no finite probabilities under the compressed model")
    if compressed:
        return said._("no finite probabilities under the baseline")
    return said._("no finite probabilities under either model")
