"""What must hold of compressed weights; two of the libraries here fail without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.compression import settings
from fairviz.compression.layers import depth, kept, matrices
from fairviz.core.errors import FairvizError
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel

_PRUNED = {"magnitude", "wanda", "sparsegpt", "gblm"}


class FailedCompression(FairvizError):
    """A compressed model that is not what was asked for; it is thrown away."""


def _fail(spec: CompressionSpec, what: str) -> FailedCompression:
    return FailedCompression(
        _("Compressing with {spec} went wrong: {what} Nothing was kept.", spec=spec, what=what),
        fix=_(
            "Try a longer calibration text or milder settings; if it happens again, report it "
            "with the model's name."
        ),
    )


def finite(spec: CompressionSpec, model: PreTrainedModel) -> None:
    """Refuse weights that are no numbers.

    Raises:
        FailedCompression: With the first such tensor.
    """
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise _fail(spec, _("{name} holds values that are no numbers.", name=name))


def as_asked(spec: CompressionSpec, model: PreTrainedModel, layers_before: int) -> None:
    """Refuse another sparsity, pattern, number of values or of layers than was asked for.

    Args:
        spec: What was asked for.
        model: Reloaded from the disk.
        layers_before: How many decoder layers the baseline has.

    Raises:
        FailedCompression: With the layer and both figures.
    """
    if spec.method == "drop":
        left, wanted = depth(model.config), layers_before - settings.layers(spec)
        if left != wanted:
            raise _fail(
                spec,
                ngettext(
                    "{n} layer is left, not {wanted}.",
                    "{n} layers are left, not {wanted}.",
                    left,
                    wanted=wanted,
                ),
            )
        return
    linear = matrices(model)
    keep = kept(linear, spec.keep)
    for name, module in linear.items():
        if name in keep and spec.keep_bits == 16:
            if getattr(module, "quantization_scheme", None) is not None:
                raise _fail(spec, _("{name} was to be kept and is rounded.", name=name))
        elif name in keep:
            _rounded(spec, name, module, spec.keep_bits, settings.bits(spec).group)
        elif spec.method in _PRUNED:
            _sparse(spec, name, module.weight.data)
        elif spec.method in settings.BITS:
            _rounded(spec, name, module, *settings.bits(spec))
        else:
            _rounded(spec, name, module, 8, module.in_features)


def _sparse(spec: CompressionSpec, name: str, weight: Tensor) -> None:
    wanted, (rows, columns) = settings.sparsity(spec), weight.shape
    zeros = weight == 0
    share = float(zeros.float().mean())
    if abs(share - wanted.share) > 1 / columns:
        raise _fail(
            spec,
            _(
                "{share:.2%} of {name} are zero, {wanted:.2%} were asked for.",
                share=share,
                name=name,
                wanted=wanted.share,
            ),
        )
    if wanted.m:
        fewest = int(zeros.reshape(rows, columns // wanted.m, wanted.m).sum(-1).min())
        if fewest < wanted.n:
            raise _fail(
                spec,
                ngettext(
                    "{name} has groups of {size} with only {n} zero.",
                    "{name} has groups of {size} with only {n} zeros.",
                    fewest,
                    name=name,
                    size=wanted.m,
                ),
            )


def _rounded(spec: CompressionSpec, name: str, module: nn.Linear, bits: int, group: int) -> None:
    scheme = getattr(module, "quantization_scheme", None)
    if scheme is None or scheme.weights is None or scheme.weights.num_bits != bits:
        raise _fail(spec, _("{name} is not stored in {bits} bits.", name=name, bits=bits))
    if spec.method == "smoothquant" and scheme.input_activations is None:
        raise _fail(spec, _("the activations that {name} reads are not rounded.", name=name))
    weight = module.weight.data
    most = int(levels(weight, group).max())
    if most > 2**bits:
        raise _fail(
            spec,
            _(
                "{name} takes {most} values in one group; {bits} bits hold {held}.",
                name=name,
                most=most,
                bits=bits,
                held=2**bits,
            ),
        )


def levels(weight: Tensor, group: int) -> Tensor:
    """(rows, groups) how many different values each group of a row takes."""
    rows, columns = weight.shape
    ordered = weight.float().reshape(rows, columns // group, group).sort(-1).values
    return (ordered.diff(dim=-1) != 0).sum(-1) + 1


def reloads(spec: CompressionSpec, before: Tensor, after: Tensor, dtype: str) -> None:
    """Refuse a checkpoint that computes something else when it is read again.

    Args:
        spec: What was asked for.
        before: Logits of the model that was saved.
        after: Logits of the model that was read, for the same tokens.
        dtype: Name of the number type that both computed in.

    Raises:
        FailedCompression: With the largest difference.
    """
    scale = float(before.abs().max())
    apart = float((before.float() - after.float()).abs().max())
    allowed = (1e-5 if dtype == "float32" else 2e-2) * scale
    if not apart <= allowed:
        raise _fail(
            spec,
            _(
                "read again, its logits differ by {apart:.2g} of {scale:.2g}.",
                apart=apart,
                scale=scale,
            ),
        )


def logits(model: PreTrainedModel, ids: Any) -> Tensor:
    """(1, L, V) logits of one sample."""
    import torch

    with torch.inference_mode():
        found: Tensor = model(input_ids=ids.to(model.device), use_cache=False).logits
    return found.float().cpu()
