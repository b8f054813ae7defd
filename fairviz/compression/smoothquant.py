"""SmoothQuant: the outliers of activations are moved into the weights, then both get 8 bits."""

from __future__ import annotations

from typing import Any

from fairviz.compression import one_shot
from fairviz.compression.awq import SCALES
from fairviz.compression.method import ARCHITECTURES, Method, Shape, Work
from fairviz.compression.rounding import w8a8
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import N_, _

# The paper's: half of an outlier goes into the weights.
STRENGTH = 0.5
_QKV = ["re:.*q_proj$", "re:.*k_proj$", "re:.*v_proj$"]
# Every layer that reads a norm, and the norm, where llm-compressor has none or, for Gemma 3,
# takes the norm after attention for the one before the gate.
_MAPPINGS = {
    "opt": [
        (_QKV, "re:.*self_attn_layer_norm$"),
        (["re:.*fc1$"], r"re:.*layers\.\d+\.final_layer_norm$"),
    ],
    "gemma3_text": [
        (_QKV, "re:.*input_layernorm$"),
        (["re:.*gate_proj$", "re:.*up_proj$"], "re:.*pre_feedforward_layernorm$"),
    ],
    "gpt_neox": [
        (["re:.*query_key_value$"], "re:.*input_layernorm$"),
        (["re:.*dense_h_to_4h$"], "re:.*post_attention_layernorm$"),
    ],
    "phi": [([*_QKV, "re:.*fc1$"], "re:.*input_layernorm$")],
}


def check(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse anything but w8a8."""
    if spec.settings != ("w8a8",):
        raise BadSpec(
            _("'{spec}' is not one of SmoothQuant's settings.", spec=spec),
            fix=_("Write {form}.", form=f"{spec.method}:w8a8"),
        )


def quantize(work: Work) -> None:
    """llm-compressor's SmoothQuant with the largest inputs of the calibration text."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.quantization import QuantizationModifier
        from llmcompressor.modifiers.transform.smoothquant import SmoothQuantModifier

        ours: Any = _MAPPINGS.get(work.model.config.model_type)
        return [
            SmoothQuantModifier(smoothing_strength=STRENGTH, mappings=ours),
            QuantizationModifier(config_groups=w8a8(), ignore=one_shot.IGNORE),
        ]

    one_shot.run(work, modifiers)


SMOOTHQUANT = Method(
    name="smoothquant",
    title="SmoothQuant",
    family=N_("quantization"),
    bits=None,
    meaning=N_("Outliers of the activations are moved into the weights, then both get 8 bits."),
    paper="Xiao et al. 2023, SmoothQuant: Accurate and Efficient Post-Training Quantization for "
    "Large Language Models",
    does=N_(
        "Activations are harder to round than weights, because a few channels are far larger "
        "than the rest. Half of that spread is moved from the activations into the weights that "
        "read them; then weights (one scale a row) and activations (one scale a token) are held "
        "in 8 bits."
    ),
    takes=N_("w8a8: 8 bits for weights and activations."),
    forms=("smoothquant:w8a8",),
    cost=N_("One or two forward passes over the calibration text."),
    needs=one_shot.NEEDS,
    # OLMo's norms have no weights to scale, and those of OLMo 2 are not read by linear layers.
    architectures=tuple(name for name in ARCHITECTURES if name not in ("olmo", "olmo2")),
    asks=SCALES,
    calibrated=True,
    # Rounded activations: a batch's other order of sums moves some of them by a whole step.
    batch_invariant=False,
    check=check,
    make=quantize,
)
