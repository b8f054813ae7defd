"""What is no number, and what cannot be read: found where it is made, told with the way out.

A distribution is not finite if one of its logits is NaN or plus infinity, or all of them are
minus infinity. Single words at minus infinity are ruled out by the model, which is its right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import NoEmbedding, NotFinite
from fairviz.i18n import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def embedding_rows(*models: PreTrainedModel) -> int:
    """How many token ids all of these models can read: ids from 0 to below it."""
    tables: list[Any] = [model.get_input_embeddings() for model in models]
    return min(int(table.weight.shape[0]) for table in tables)


def without_embedding(ids: Sequence[int], rows: int) -> int | None:
    """The first token id that has no row among so many; None where all have one."""
    return next((int(one) for one in ids if not 0 <= one < rows), None)


def weights_are_finite(model: PreTrainedModel) -> bool:
    """Whether every weight that is held as a floating-point number is a number."""
    import torch

    # One byte a number is quantized and has been a number; so are packed integers.
    return all(
        bool(torch.isfinite(end))
        for weight in model.parameters()
        if weight.is_floating_point() and weight.element_size() > 1 and weight.numel()
        for end in torch.aminmax(weight.detach())
    )


def not_finite(name: str, dtype: str, token: str, weights_finite: bool) -> NotFinite:
    """What is raised where a model gives no numbers.

    Args:
        name: What the user called the model.
        dtype: Name of its number type.
        token: The text of the first token whose following distribution is not finite.
        weights_finite: Whether its weights are, as `weights_are_finite` says.
    """
    if dtype == "float16" and weights_finite:
        fix = _("Use float32 or bfloat16, which reach further than float16.")
    elif dtype == "float16":
        fix = _(
            "Use float32 or bfloat16; if that fails too, the checkpoint holds values that are no "
            "numbers."
        )
    elif weights_finite:
        fix = _(
            "Its weights are numbers, so it computes beyond what its number type or its method "
            "can hold: use float32, and no method that multiplies in float16 (int8)."
        )
    else:
        fix = _("The checkpoint holds values that are no numbers; get it anew.")
    return NotFinite(
        _(
            "{model} in {dtype} gives no finite probabilities for what follows {token}.",
            model=name,
            dtype=dtype,
            token=repr(token),
        ),
        fix=fix,
    )


def stopped(model: PreTrainedModel, name: str, token: str) -> NotFinite:
    """The same of a loaded model; an empty name is the one it was loaded by."""
    dtype = str(model.dtype).removeprefix("torch.")
    called = name or str(model.name_or_path) or type(model).__name__
    return not_finite(called, dtype, token, weights_are_finite(model))


def no_embedding(name: str, token: str, rows: int) -> NoEmbedding:
    """What is raised where a single text has a token without an embedding.

    Args:
        name: What the user called the model.
        token: The token's text.
        rows: How many tokens the model has an embedding for.
    """
    return NoEmbedding(
        _(
            "{model} has no embedding for the token {token}: it knows {rows} tokens, and its "
            "tokenizer more.",
            model=name,
            token=repr(token),
            rows=rows,
        ),
        fix=_(
            "Leave this token out of the text, or resize the model's embeddings to its tokenizer."
        ),
    )


def check_embeddings(
    ids: Sequence[int],
    named: Sequence[tuple[str, PreTrainedModel]],
    spell: Callable[[int], str] = str,
) -> None:
    """Refuse a text before any model reads it.

    Args:
        ids: The text.
        named: Names and models that are to read it.
        spell: From a token id to its text.

    Raises:
        NoEmbedding: If one of the models has no row for one of the ids.
    """
    for name, model in named:
        rows = embedding_rows(model)
        strange = without_embedding(ids, rows)
        if strange is not None:
            raise no_embedding(name or str(model.name_or_path), spell(strange), rows)
