"""The table of docs/results.md over the bank: where the demo was unsure, and what each form moved.

    python -m bench.bank

Prints Markdown rows; the last is what the baseline's own rounding shows (the noise floor).
"""

from __future__ import annotations

import math

from fairviz.analyses.audit.request import Audit, audit_request
from fairviz.analyses.audit.run import run
from fairviz.analyses.audit.shown import clusters
from fairviz.analyses.audit.summary import summary
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.prompts import bank
from fairviz.stats import Bounded, spearman_interval

FORMS = ("demo+int8", "demo+nf4", "demo+magnitude:0.5", "demo-student")


def audited(form: str) -> Audit:
    """The whole bank under the demo and one of its forms."""
    baseline, compressed = ModelSpec.parse("demo"), ModelSpec.parse(form)
    question = audit_request(baseline, compressed, "bank", bank())
    for step in run(load_pair(baseline, compressed), question, bank()):
        if isinstance(step, Audit):
            return step
    raise RuntimeError(f"the audit of {form} did not end")


def told(found: Bounded) -> str:
    """A rank correlation with its interval."""
    if math.isnan(found.low):
        return f"{found.rho:.2f}"
    return f"{found.rho:.2f} ({found.low:.2f} to {found.high:.2f})"


def main() -> None:
    """Measure and print the rows."""
    print("| compressed | Spearman (95 %) | p | among the less sure half | top changed | mean KL |")
    print("|---|---|---|---|---|---|")
    floor = None
    for form in FORMS:
        audit = audited(form)
        table, units = audit.table, clusters(audit.table)
        numbers = {one.name: one for one in summary(audit).measured}
        unsure = (table["baseline_entropy"] >= table["baseline_entropy"].median()).to_numpy()
        half = spearman_interval(
            table["baseline_entropy"][unsure],
            table["kl"][unsure],
            units[unsure],
        )
        whole, top, kl = numbers["entropy_kl"], numbers["top_changed"], numbers["kl_mean"]
        print(
            f"| {form} | {whole.value:.2f} ({whole.low:.2f} to {whole.high:.2f}) "
            f"| {whole.p_value:.1g} | {told(half)} | {100 * top.value:.1f} % "
            f"| {kl.value:.2g} ({kl.low:.2g} to {kl.high:.2g}) |"
        )
        floor = numbers.get("noise_relation", floor)
    if floor is not None:
        print(f"| *the baseline rounded to bfloat16* | {floor.value:.2f} | | | | |")


if __name__ == "__main__":
    main()
