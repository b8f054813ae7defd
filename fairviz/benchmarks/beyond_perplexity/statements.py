"""What is said of the study, each statement recomputed, in the order in which a page lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.beyond_perplexity import degeneration, language, representation
from fairviz.benchmarks.beyond_perplexity.findings import (
    ABSTRACT,
    OURS,
    RESULTS,
    Finding,
    Verdict,
)
from fairviz.benchmarks.beyond_perplexity.source import SOURCE
from fairviz.i18n import N_, _, ngettext

if TYPE_CHECKING:
    import pandas as pd

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


class Statement(NamedTuple):
    """One statement in the current language.

    Attributes:
        finding: Its record.
        verdict: `HOLDS`, `PARTLY` or `NOT`, in English.
        claim: What is stated, and by whom.
        evidence: What the published numbers say, and how many were passed over.
    """

    finding: Finding
    verdict: str
    claim: str
    evidence: str


def statements(
    frame: pd.DataFrame, benchmark: str = "", dimension: str = ""
) -> tuple[Statement, ...]:
    """Every statement, recomputed; none where the study is not among the tables.

    Args:
        frame: The whole table.
        benchmark: Only statements about this benchmark, and about its dimension of harm.
        dimension: That dimension.
    """
    if not (frame["source"] == SOURCE).any():
        return ()
    return tuple(
        _stated(finding, finding.check(frame))
        for finding in FINDINGS
        if not benchmark or _about(finding, benchmark, dimension)
    )


def _about(finding: Finding, benchmark: str, dimension: str) -> bool:
    """Whether a statement speaks of a benchmark, or of its dimension and no benchmark."""
    named = finding.view.get("benchmark")
    return named == benchmark if named else finding.view.get("dimension") == dimension


def _stated(finding: Finding, found: Verdict) -> Statement:
    claim = _("{claim} ({whose})", claim=_(finding.claim), whose=_(finding.whose))
    return Statement(finding, found.verdict, claim, f"{found.evidence} {_basis(found)}")


def _basis(found: Verdict) -> str:
    read = ngettext(
        "Decided from {n:,} published number",
        "Decided from {n:,} published numbers",
        found.used,
    )
    if not found.left_out:
        return _("{read}, none of them flagged.", read=read)
    return ngettext(
        "{read}; {n:,} flagged one was left out.",
        "{read}; {n:,} flagged ones were left out.",
        found.left_out,
        read=read,
    )
