"""A few tokens right after loading: a model that gives no numbers is found before the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fairviz.core.errors import NotFinite
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.finite import embedding_rows, not_finite
from fairviz.models.weights import first_no_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedModel

    from fairviz.models.vocabulary import Vocabulary

# Different words, so that one token with a broken embedding does not speak for the model.
_TEXTS = ("The nurse said that", "Il était une fois", "1 + 2 = 3")


def check(
    spec: ModelSpec, folder: Path, model: PreTrainedModel, vocabulary: Vocabulary, dtype: str
) -> None:
    """Refuse a model whose probabilities are no numbers.

    One readable text is enough, for a token that cannot be read concerns the texts that have it.
    In float16 every text must be readable where the weights are numbers: what overflows on one
    text overflows on others.

    Args:
        spec: What the user called it.
        folder: Of its checkpoint, whose weights are looked at where it fails.
        model: As loaded.
        vocabulary: Its tokenizer.
        dtype: Name of its number type.

    Raises:
        NotFinite: With model, number type, first token, and the first broken tensor if any.
    """
    rows = embedding_rows(model)
    texts = [[one for one in vocabulary.encode(text) if one < rows] for text in _TEXTS]
    bad: list[list[int]] = []
    for ids in filter(None, texts):
        if not _finite(model, ids):
            bad.append(ids)
        elif dtype != "float16":
            return
    if not bad:
        return
    broken = first_no_number(folder)
    if broken is not None and len(bad) < len([ids for ids in texts if ids]):
        return
    beginnings = (bad[0][:end] for end in range(1, len(bad[0]) + 1))
    first = next(ids for ids in beginnings if not _finite(model, ids))
    error = not_finite(str(spec), dtype, vocabulary.text(first[-1]), broken is None)
    if broken is None:
        raise error
    holds = _("{tensor} holds {value}.", tensor=broken.tensor, value=broken.value)
    raise NotFinite(
        f"{error.message} {holds}",
        fix=_("The checkpoint holds values that are no numbers; get it anew."),
    )


def _finite(model: PreTrainedModel, ids: Sequence[int]) -> bool:
    import torch

    with torch.inference_mode():
        whole = model(torch.tensor([ids], device=model.device), use_cache=False).logits
    # NaN, plus infinity and minus infinity alone all show in the largest.
    return bool(whole.amax(-1).isfinite().all())
