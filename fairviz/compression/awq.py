"""AWQ: channels that carry large activations are scaled up before rounding, and down after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.compression import one_shot, refusals, settings
from fairviz.compression.method import ARCHITECTURES, Method, Shape, Work
from fairviz.compression.rounding import grid
from fairviz.compression.rtn import TAKES
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import N_

if TYPE_CHECKING:
    from llmcompressor.modifiers.transform.awq import AWQMapping

BITS = (4,)
# Also of SmoothQuant, which scales layers too.
SCALES = N_("It must know which layers read what another one scales.")
_QKV = ["re:.*q_proj$", "re:.*k_proj$", "re:.*v_proj$"]
# What feeds which layers, where llm-compressor's own table does not serve: BLOOM's has an
# activation that cannot be scaled, OPT and GPT-NeoX have none.
_MAPPINGS = {
    "bloom": (
        ("re:.*input_layernorm$", ["re:.*query_key_value$"]),
        ("re:.*post_attention_layernorm$", ["re:.*dense_h_to_4h$"]),
    ),
    "gpt_neox": (
        ("re:.*input_layernorm$", ["re:.*query_key_value$"]),
        ("re:.*post_attention_layernorm$", ["re:.*dense_h_to_4h$"]),
    ),
    "opt": (
        ("re:.*self_attn_layer_norm$", _QKV),
        ("re:.*v_proj$", ["re:.*out_proj$"]),
        (r"re:.*layers\.\d+\.final_layer_norm$", ["re:.*fc1$"]),
        ("re:.*fc1$", ["re:.*fc2$"]),
    ),
}


def check(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse other bits than 4, and groups that do not fit."""
    refusals.groups(spec, shape, BITS)


def quantize(work: Work) -> None:
    """llm-compressor's AWQ: scales from a grid search on the calibration text, then rounding."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.quantization import QuantizationModifier
        from llmcompressor.modifiers.transform.awq import AWQModifier

        wanted = settings.bits(work.spec, BITS)
        return [
            AWQModifier(mappings=_mappings(work.model.config.model_type)),
            QuantizationModifier(config_groups=grid(wanted), ignore=one_shot.IGNORE),
        ]

    one_shot.run(work, modifiers)


def _mappings(model_type: str) -> list[AWQMapping] | None:
    """Ours, or None for llm-compressor's own."""
    from llmcompressor.modifiers.transform.awq import AWQMapping

    ours = _MAPPINGS.get(model_type)
    return [AWQMapping(smooth, balance) for smooth, balance in ours] if ours else None


AWQ = Method(
    name="awq",
    title="AWQ",
    family=N_("quantization"),
    bits=None,
    meaning=N_("Channels that carry large activations are scaled up before rounding, down after."),
    paper="Lin et al. 2023, AWQ: Activation-aware Weight Quantization for LLM Compression and "
    "Acceleration",
    does=N_(
        "A few channels carry most of what a layer says. AWQ finds them on a calibration text "
        "and scales their weights up before rounding, so that they lose less, and the layer "
        "before down, so that nothing else changes; how much is searched on a grid."
    ),
    takes=TAKES,
    forms=("awq:4",),
    cost=N_("Some twenty forward passes of every layer over the calibration text."),
    needs=one_shot.NEEDS,
    architectures=tuple(name for name in ARCHITECTURES if name not in ("olmo2", "phi")),
    asks=SCALES,
    calibrated=True,
    grouped=True,
    check=check,
    make=quantize,
)
