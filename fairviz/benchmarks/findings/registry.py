"""The statements, in the order in which a page lists them."""

from __future__ import annotations

from fairviz.benchmarks.findings import degeneration, language, representation
from fairviz.benchmarks.findings.record import Finding
from fairviz.language import later

FINDINGS = (
    Finding(
        "quantized_keep_accuracy",
        later("Quantization keeps BBQ accuracy best: LLM.int8(), then GPTQ, then AWQ."),
        representation.quantized_keep_accuracy,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "magnitude_is_worst",
        later("Magnitude pruning loses the most BBQ accuracy."),
        representation.magnitude_is_worst,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "spread_grows",
        later("Groups drift apart as the compression ratio grows."),
        representation.spread_grows,
        {"dimension": "representation", "benchmark": "bbq", "view": "spread"},
    ),
    Finding(
        "toxicity_drops",
        later("Compression lowers toxicity."),
        degeneration.toxicity_drops,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "collapse",
        later("Where toxicity nearly vanishes, the language model has collapsed."),
        degeneration.collapse,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "regard",
        later(
            "Llama-2 13B pruned by magnitude to 60 % has almost no negative regard, while "
            "its BBQ accuracy halves."
        ),
        degeneration.regard,
        {"benchmark": "holistic_bias", "view": "groups", "base": "llama2_13b"},
    ),
    Finding(
        "dialect",
        later(
            "At 60 %, magnitude pruning makes the dialect ratio explode; GBLM's ratio "
            "shrinks while its gap widens."
        ),
        language.dialect,
        {"dimension": "dialect", "view": "curves"},
    ),
    Finding(
        "perplexity",
        later("Quantization leaves language modelling nearly untouched."),
        language.perplexity,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
    Finding(
        "tuned",
        later("Instruction-tuned models write far less toxic text than the models they come from."),
        degeneration.tuned,
        {"benchmark": "toxigen", "view": "curves"},
    ),
    Finding(
        "size",
        later("Smaller models suffer more from the same pruning."),
        language.size,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
)
