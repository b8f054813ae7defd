"""Whether the weights in a folder are those of the model that its config describes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.specs import ModelSpec
from fairviz.models.failures import CONFIG, GENERATION, library_errors_as_advice
from fairviz.models.hub import PICKLED
from fairviz.models.metadata import (
    TensorSize,
    check_counts,
    config_of,
    stored_quantization,
    tensor_sizes,
    weight_files,
)
from fairviz.models.refusals import refusal

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# What older versions of transformers stored and every version computes anew; what single
# architectures no longer read, transformers knows itself and leaves out of its report.
_HARMLESS = (
    r"rotary_emb\.(inv_freq|cos_cached|sin_cached)$",  # of positions alone
    r"\battn\.(attention\.)?(bias|masked_bias)$",  # causal masks of GPT-2, GPT-J and GPT-Neo
    r"\battention\.(bias|masked_bias)$",  # those of GPT-NeoX
    r"\b(position_ids|embed_positions\.weights)$",  # 0, 1, 2, … and their sines
)
# Bytes of masks and of rotary frequencies that a small model may have beside its weights.
_TABLES = 2**28
_LORA = ("lora_", "base_model.model.")
_FLOATS = ("F16", "BF16", "F32", "F64")


class Fit(NamedTuple):
    """How a folder's weights and its config go together."""

    # What transformers says of a loading: `missing_keys`, `unexpected_keys`, `mismatched_keys` and
    # `error_msgs`.
    report: Mapping[str, Any]
    shapes: Mapping[str, tuple[int, ...]]  # name -> shape of every tensor in the files


def foretold(spec: ModelSpec, folder: Path, task: str = "CausalLM") -> Fit:
    """The report of a loading, before a weight is read.

    The model is made without memory for its weights, and transformers loads the shapes that the
    files' headers tell into it. Where weights are packed only the shapes of the others are
    compared, and the report of the loading itself tells the rest.

    Args:
        spec: What the user called the model.
        folder: Of its checkpoint.
        task: `CausalLM` or `SequenceClassification`.

    Raises:
        ModelUnavailable: If config.json describes no model, or one that no such files can hold.
    """
    import torch
    import transformers

    config = config_of(folder)
    sizes = tensor_sizes(folder)
    with library_errors_as_advice(spec, folder):
        shapes = {name: size.shape for name, size in sizes.items()} or _pickled(folder)
    check_counts(spec, config, len(shapes))
    before = transformers.utils.logging.get_verbosity()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with library_errors_as_advice(spec, folder, CONFIG):
            model = without_weights(folder, task)
            _check_tables(spec, folder, model)
            if stored_quantization(config) is not None:
                report = {"mismatched_keys": _apart(model, sizes)}
            else:
                _rest, report = type(model).from_pretrained(
                    None,
                    config=model.config,
                    state_dict={
                        name: torch.empty(shape, device="meta") for name, shape in shapes.items()
                    },
                    dtype=torch.float32,
                    device_map={"": "meta"},
                    ignore_mismatched_sizes=True,
                    output_loading_info=True,
                )
        if (folder / GENERATION).is_file():
            with library_errors_as_advice(spec, folder, GENERATION):
                transformers.GenerationConfig.from_pretrained(folder, local_files_only=True)
    finally:
        transformers.utils.logging.set_verbosity(before)
    return Fit(report, shapes)


def without_weights(folder: Path, task: str = "CausalLM") -> Any:
    """The model that a folder's config describes, without memory for its weights."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True
    )
    with torch.device("meta"):
        auto = getattr(transformers, f"AutoModelFor{task}")
        return auto.from_config(config, trust_remote_code=False)


def _check_tables(spec: ModelSpec, folder: Path, model: PreTrainedModel) -> None:
    """Refuse tables that are computed, not stored, and out of all proportion to the weights."""
    tables = sum(buffer.nbytes for buffer in model.buffers())
    stored = sum(path.stat().st_size for path in [*weight_files(folder), *folder.glob(PICKLED)])
    if tables > stored + _TABLES:
        raise refusal("large_tables", source=spec.source, tables=tables / 1e9, stored=stored / 1e9)


def refuse(spec: ModelSpec, fit: Fit, model: PreTrainedModel | None = None) -> None:
    """Refuse weights that the model has no place for, or that it lacks.

    Args:
        spec: What the user called the model.
        fit: Of its folder.
        model: As loaded, if it is quantized: what a quantizer stores beside a layer's weights
            belongs to that layer.

    Raises:
        ModelUnavailable: With how many tensors, the first of them, and the way out.
    """
    report, shapes = fit
    if apart := sorted(report.get("mismatched_keys", ())):
        name, stored, wanted = apart[0]
        raise refusal(
            "other_shapes",
            n=len(apart),
            source=spec.source,
            name=name,
            stored=" x ".join(map(str, stored)),
            wanted=" x ".join(map(str, wanted)),
        )
    if missing := sorted(report.get("missing_keys", ())):
        raise refusal("lacks_weights", source=spec.source, n=len(missing), first=missing[0])
    if extra := _unplaced(report.get("unexpected_keys", ()), model):
        raise refusal(
            "unplaced_adapter" if any(sign in extra[0] for sign in _LORA) else "unplaced",
            n=len(extra),
            all=max(len(shapes), len(extra)),
            source=spec.source,
            first=extra[0],
        )
    if errors := report.get("error_msgs"):
        reason = errors[0][:300]
        raise refusal("unfit", source=spec.source, reason=reason)


def _unplaced(names: Collection[str], model: PreTrainedModel | None) -> list[str]:
    places = set()
    if model is not None:
        places = {name for name, _rest in [*model.named_modules(), *model.named_parameters()]}
    return sorted(
        name
        for name in names
        if not any(re.search(pattern, name) for pattern in _HARMLESS)
        and name.rpartition(".")[0] not in places
    )


def _apart(
    model: PreTrainedModel, sizes: Mapping[str, TensorSize]
) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Name, stored and wanted shape of what is not packed: packed weights have other shapes."""
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    return [
        (name, size.shape, wanted[name])
        for name, size in sizes.items()
        if name in wanted
        and size.dtype in _FLOATS
        and size.shape[-1:] != (1,)
        and size.shape != wanted[name]
    ]


def _pickled(folder: Path) -> dict[str, tuple[int, ...]]:
    import torch

    return {
        name: tuple(tensor.shape)
        for path in sorted(folder.glob(PICKLED))
        for name, tensor in torch.load(path, map_location="meta", weights_only=True).items()
        if isinstance(tensor, torch.Tensor)
    }
