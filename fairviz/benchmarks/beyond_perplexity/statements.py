"""What is said of the study, each statement recomputed, in the order in which a page lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.beyond_perplexity import representation, texts
from fairviz.benchmarks.beyond_perplexity.findings import Verdict
from fairviz.benchmarks.beyond_perplexity.source import SOURCE
from fairviz.core.declared import records
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    import pandas as pd

CHECKS: dict[str, Callable[[pd.DataFrame], Verdict]] = {
    check.__name__: check
    for check in (
        texts.toxicity_drops,
        texts.regard,
        texts.collapse,
        texts.tuned,
        representation.harm_grows,
        representation.spread_grows,
        representation.bias_preserved,
        representation.quantized_keep_accuracy,
        representation.magnitude_is_worst,
        texts.dialect,
        texts.perplexity,
        texts.size,
    )
}


class Finding(NamedTuple):
    """One statement."""

    name: str  # its key, in `CHECKS` too
    claim: str  # what is stated, in one sentence
    whose: str  # whose statement it is: the paper's abstract, its results, or fairviz's own
    view: dict[str, str]  # query of the page that shows it


FINDINGS = records(Finding, __file__, "findings")


class Statement(NamedTuple):
    """One statement in the current language."""

    finding: Finding  # its record
    verdict: str  # `HOLDS`, `PARTLY` or `NOT`, in English
    claim: str  # what is stated, and by whom
    evidence: str  # what the published numbers say, and how many were passed over


def statements(
    frame: pd.DataFrame, benchmark: str = "", dimension: str = ""
) -> tuple[Statement, ...]:
    """Every statement, recomputed; none where the study is not among the tables.

    Args:
        benchmark: Only statements about this benchmark, and about its dimension of harm.
    """
    if not (frame["source"] == SOURCE).any():
        return ()
    return tuple(
        _stated(finding, CHECKS[finding.name](frame))
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
