"""The statements, in the order in which a page lists them."""

from __future__ import annotations

from fairviz.benchmarks.findings import degeneration, language, representation
from fairviz.benchmarks.findings.record import Finding

FINDINGS = (
    Finding(
        "quantized_keep_accuracy",
        "Quantization keeps BBQ accuracy best: LLM.int8(), then GPTQ, then AWQ.",
        representation.quantized_keep_accuracy,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "magnitude_is_worst",
        "Magnitude pruning loses the most BBQ accuracy.",
        representation.magnitude_is_worst,
        {"dimension": "representation", "benchmark": "bbq", "view": "curves"},
    ),
    Finding(
        "spread_grows",
        "Groups drift apart as the compression ratio grows.",
        representation.spread_grows,
        {"dimension": "representation", "benchmark": "bbq", "view": "spread"},
    ),
    Finding(
        "toxicity_drops",
        "Compression lowers toxicity.",
        degeneration.toxicity_drops,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "collapse",
        "Where toxicity nearly vanishes, the language model has collapsed.",
        degeneration.collapse,
        {"benchmark": "toxigen", "view": "overview"},
    ),
    Finding(
        "regard",
        "Llama-2 13B pruned by magnitude to 60 % has almost no negative regard, while its BBQ "
        "accuracy halves.",
        degeneration.regard,
        {"benchmark": "holistic_bias", "view": "groups", "base": "llama2_13b"},
    ),
    Finding(
        "dialect",
        "At 60 %, magnitude pruning makes the dialect ratio explode; GBLM's ratio shrinks while "
        "its gap widens.",
        language.dialect,
        {"dimension": "dialect", "view": "curves"},
    ),
    Finding(
        "perplexity",
        "Quantization leaves language modelling nearly untouched.",
        language.perplexity,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
    Finding(
        "tuned",
        "Instruction-tuned models write far less toxic text than the models they come from.",
        degeneration.tuned,
        {"benchmark": "toxigen", "view": "curves"},
    ),
    Finding(
        "size",
        "Smaller models suffer more from the same pruning.",
        language.size,
        {"dimension": "language", "view": "curves", "axis": "dolma"},
    ),
)
