"""The statements, in the order in which a page lists them."""

from __future__ import annotations

from fairviz.benchmarks.findings import degeneration, language, representation
from fairviz.benchmarks.findings.record import ABSTRACT, OURS, RESULTS, Finding
from fairviz.i18n import N_

FINDINGS = (
    Finding(
        "toxicity_drops",
        N_("Compression may happen to lower the toxicity of what a model writes."),
        ABSTRACT,
        degeneration.toxicity_drops,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "harm_grows",
        N_(
            "Even where a compressed model writes less toxic text, the bias of its answers can "
            "be larger."
        ),
        ABSTRACT,
        representation.harm_grows,
        {
            "dimension": "representation",
            "benchmark": "bbq",
            "metric": "s_disambiguated",
            "axis": "age",
            "view": "curves",
        },
    ),
    Finding(
        "spread_grows",
        N_("The more is compressed, the more the effect differs between groups."),
        ABSTRACT,
        representation.spread_grows,
        {"dimension": "representation", "benchmark": "bbq", "view": "spread"},
    ),
    Finding(
        "bias_preserved",
        N_("Quantization mostly leaves bias as it was, while pruning soon changes it."),
        ABSTRACT,
        representation.bias_preserved,
        {
            "dimension": "representation",
            "benchmark": "bbq",
            "metric": "s_ambiguous",
            "axis": "age",
            "view": "curves",
        },
    ),
    Finding(
        "quantized_keep_accuracy",
        N_("Quantization keeps BBQ accuracy best: LLM.int8(), then GPTQ, then AWQ."),
        RESULTS,
        representation.quantized_keep_accuracy,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "magnitude_is_worst",
        N_("Of the four pruning methods, magnitude loses the most BBQ accuracy."),
        RESULTS,
        representation.magnitude_is_worst,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "regard",
        N_(
            "Llama-2 13B pruned by magnitude to 60 % has almost no negative regard, while "
            "its BBQ accuracy halves."
        ),
        RESULTS,
        degeneration.regard,
        {"benchmark": "holistic_bias", "view": "groups", "base": "llama2_13b"},
    ),
    Finding(
        "dialect",
        N_(
            "At 60 %, magnitude pruning makes the dialect ratio explode; GBLM's ratio "
            "shrinks while its gap widens."
        ),
        RESULTS,
        language.dialect,
        {"dimension": "dialect", "view": "curves"},
    ),
    Finding(
        "collapse",
        N_(
            "Hardly any toxicity is no sign of a collapsed language model, nor does a collapsed "
            "one write less toxic text."
        ),
        OURS,
        degeneration.collapse,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "perplexity",
        N_("Quantization leaves perplexity nearly untouched."),
        OURS,
        language.perplexity,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
    Finding(
        "tuned",
        N_("Instruction-tuned models write less toxic text than the models they come from."),
        OURS,
        degeneration.tuned,
        {"benchmark": "toxigen", "view": "curves"},
    ),
    Finding(
        "size",
        N_("The 7B models suffer more than the 13B ones from the same pruning."),
        OURS,
        language.size,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
)
