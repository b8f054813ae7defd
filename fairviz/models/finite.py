"""What is no number, and what cannot be read: found where it is made, told with the way out.

A distribution is not finite if one of its logits is NaN or plus infinity, or all of them are
minus infinity. Single words at minus infinity are ruled out by the model, which is its right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.errors import FairvizError, NoEmbedding, NotFinite
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.failures import library_errors_as_advice
from fairviz.models.hub import PICKLED
from fairviz.models.refusals import refusal

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from fairviz.models.vocabulary import Vocabulary

# Numbers that are looked at together, so that a large tensor is not copied whole.
_AT_ONCE = 2**24
# Different words, so that one token with a broken embedding does not speak for the model.
_TEXTS = ("The nurse said that", "Il était une fois", "1 + 2 = 3")


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


def not_finite(name: str, dtype: str, token: str, weights_finite: bool) -> FairvizError:
    """What is raised where a model gives no numbers.

    Args:
        name: What the user called the model.
        dtype: Name of its number type.
        token: The text of the first token whose following distribution is not finite.
        weights_finite: Whether its weights are, as `weights_are_finite` says.
    """
    which = "not_finite_float16" if dtype == "float16" else "not_finite"
    if not weights_finite:
        which += "_weights"
    return refusal(which, NotFinite, model=name, dtype=dtype, token=repr(token))


def stopped(model: PreTrainedModel, name: str, token: str) -> FairvizError:
    """The same of a loaded model; an empty name is the one it was loaded by."""
    dtype = str(model.dtype).removeprefix("torch.")
    called = name or str(model.name_or_path) or type(model).__name__
    return not_finite(called, dtype, token, weights_are_finite(model))


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
            called = name or str(model.name_or_path)
            token = repr(spell(strange))
            raise refusal("no_embedding", NoEmbedding, model=called, token=token, rows=rows)


def check_reading(
    spec: ModelSpec, folder: Path, model: PreTrainedModel, vocabulary: Vocabulary, dtype: str
) -> None:
    """Refuse a model whose probabilities are no numbers, right after loading.

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


class NoNumber(NamedTuple):
    """The first tensor of a checkpoint with a value that is no number: its name, `NaN` or `inf`."""

    tensor: str
    value: str


class UnsoundWeights(FairvizError):
    """Weights with values that are no numbers, which no method can compress."""


def first_no_number(folder: Path) -> NoNumber | None:
    """The first tensor, by file and name, with NaN or an infinity; None where all are finite.

    Only the files are read, in the number type that they are stored in.
    """
    for name, tensor in _stored(folder):
        if (value := _no_number(tensor)) is not None:
            return NoNumber(name, value)
    return None


def refuse_no_numbers(spec: ModelSpec, folder: Path) -> None:
    """Refuse to compress weights that are no numbers: some methods round NaN to a number.

    Args:
        spec: What is asked for: a model and a method.
        folder: Of the checkpoint that is to be compressed.

    Raises:
        UnsoundWeights: With the first such tensor.
    """
    with library_errors_as_advice(spec, folder):
        found = first_no_number(folder)
    if found is not None:
        raise refusal(
            "no_numbers",
            UnsoundWeights,
            source=spec.source,
            compression=spec.compression,
            tensor=found.tensor,
            value=found.value,
        )


def _stored(folder: Path) -> Iterator[tuple[str, Tensor]]:
    import torch
    from safetensors import safe_open

    files = sorted(folder.glob("*.safetensors"))
    for path in files:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 it is no mapping
                yield name, file.get_tensor(name)
    if not files:
        for path in sorted(folder.glob(PICKLED)):
            yield from torch.load(path, map_location="cpu", mmap=True, weights_only=True).items()


def _no_number(tensor: Tensor) -> str | None:
    import torch

    if not tensor.is_floating_point():
        return None
    for piece in tensor.flatten().split(_AT_ONCE):
        # A sum is not finite where a value is not, and takes a tenth of the time.
        if not bool(piece.sum(dtype=torch.float32).isfinite()):
            values = piece.double()
            if bool(values.isnan().any()):
                return "NaN"
            if bool(values.isinf().any()):
                return "inf"
    return None
