"""What was measured on each form of the demo, as Markdown tables."""

from __future__ import annotations

from dataclasses import dataclass

from fairviz.prompts.planted import cells


@dataclass(frozen=True)
class Report:
    """One form of the model, measured. Shares are in [0, 1], KL in nats per held-out token."""

    parameters: int
    perplexity: float
    mean_kl: float
    greedy_changed: float
    fact_recall: float
    agreement: float
    worst_cell: float
    planted: list[float]


def summary(reports: dict[str, Report]) -> str:
    """One Markdown row per form of the model."""
    rows = [
        "| model | parameters | perplexity | mean KL (nats) | greedy texts changed | fact recall "
        "| agreement | worst planted cell |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {name} | {r.parameters:,} | {r.perplexity:.3f} | {r.mean_kl:.5f} "
        f"| {r.greedy_changed:.0%} | {r.fact_recall:.1%} | {r.agreement:.1%} "
        f"| {r.worst_cell:.3f} |"
        for name, r in reports.items()
    ]
    return "\n".join(rows)


def planted(reports: dict[str, Report]) -> str:
    """The planted truth next to what each form of the model says, as Markdown.

    The masculine pronouns are left out: the corpus has no third choice.
    """
    rows = [
        f"| prompt | next word | planted | {' | '.join(reports)} |",
        f"|---|---|---|{'---|' * len(reports)}",
    ]
    for i, cell in enumerate(cells()):
        if cell.word not in ("il", " he"):
            measured = " | ".join(f"{report.planted[i]:.2f}" for report in reports.values())
            rows.append(
                f"| {cell.prompt} | {cell.word.strip()} | {cell.probability:.2f} | {measured} |"
            )
    return "\n".join(rows)
