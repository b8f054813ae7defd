"""Every kind of run, one line each; a report shows them in any order."""

from __future__ import annotations

from fairviz.analyses.base import Analysis
from fairviz.i18n import N_

_ALL = (
    Analysis(
        "comparison",
        N_("Comparison"),
        "1_Compare",
        "run",
        N_("Ask it again on the page “Compare”, or with python -m fairviz compare."),
    ),
    Analysis(
        "reading",
        N_("Token shift"),
        "2_Token_shift",
        "reading",
        N_("Read the text again on the page “Token shift”."),
    ),
    Analysis(
        "audit",
        N_("Uncertain prompts"),
        "3_Uncertain_prompts",
        "audit",
        N_("Run it again on the page “Uncertain prompts”, or with python -m fairviz audit."),
    ),
    Analysis(
        "probe",
        N_("Bias probe"),
        "5_Bias_probes",
        "outcome",
        N_("Run it again on the page “Bias probes”, or with python -m fairviz probe."),
    ),
    Analysis(
        "tradeoff",
        N_("Trade-off"),
        "6_Methods",
        "tradeoff",
        N_("Run it again with python -m fairviz compress MODEL --sweep."),
    ),
    Analysis(
        "tables",
        N_("Bias tables"),
        "4_Bias_tables",
        "",
        N_("Import its table again with python -m fairviz tables import."),
        hashed=False,
    ),
    Analysis(
        "review",
        N_("Blind review"),
        "8_Blind_review",
        "review",
        N_("It was answered by people: only the bundle has it."),
        hashed=False,
    ),
)
ANALYSES = {analysis.kind: analysis for analysis in _ALL}
HASHED = tuple(analysis.kind for analysis in _ALL if analysis.hashed)
