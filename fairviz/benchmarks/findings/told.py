"""The statements as a reader is told them, the same on a page and in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.findings.record import SOURCE, Finding, Verdict
from fairviz.benchmarks.findings.registry import FINDINGS
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    import pandas as pd


class Told(NamedTuple):
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


def told(frame: pd.DataFrame, benchmark: str = "", dimension: str = "") -> tuple[Told, ...]:
    """Every statement, recomputed; none where the study is not among the tables.

    Args:
        frame: The whole table.
        benchmark: Only statements about this benchmark, and about its dimension of harm.
        dimension: That dimension.
    """
    if not (frame["source"] == SOURCE).any():
        return ()
    return tuple(
        _told(finding, finding.check(frame))
        for finding in FINDINGS
        if not benchmark or _about(finding, benchmark, dimension)
    )


def _about(finding: Finding, benchmark: str, dimension: str) -> bool:
    """Whether a statement speaks of a benchmark, or of its dimension and no benchmark."""
    named = finding.view.get("benchmark")
    return named == benchmark if named else finding.view.get("dimension") == dimension


def _told(finding: Finding, found: Verdict) -> Told:
    claim = _("{claim} ({whose})", claim=_(finding.claim), whose=_(finding.whose))
    return Told(finding, found.verdict, claim, f"{found.evidence} {_basis(found)}")


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
