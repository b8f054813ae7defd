"""Measures the bundled model and its compressed forms: `python -m fairviz.demo.evaluate`."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from fairviz.demo import held_out, measures, scoring
from fairviz.demo.people import people
from fairviz.demo.prompts import bank
from fairviz.demo.truth import cells
from fairviz.demo.variants import MODELS, VARIANTS

DOCUMENTS = 400


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


def evaluate(folder: Path) -> dict[str, Report]:
    """A report for the baseline and for every variant; the baseline comes first."""
    from transformers import PreTrainedTokenizerFast

    words = PreTrainedTokenizerFast.from_pretrained(folder)
    texts = scoring.encode(words, held_out.texts(DOCUMENTS))
    truth = cells()
    reference: list[scoring.Scored] = []
    written: list[str] = []
    reports: dict[str, Report] = {}
    for name, load in VARIANTS.items():
        model = load(folder)
        scored = scoring.score(model, words, texts)
        greedy = measures.greedy(model, words, bank())
        reference, written = reference or scored, written or greedy
        planted = measures.planted(model, words, truth)
        reports[name] = Report(
            parameters=model.num_parameters(),
            perplexity=math.exp(scoring.surprisal(scored)),
            mean_kl=scoring.mean_kl(reference, scored),
            greedy_changed=sum(a != b for a, b in zip(written, greedy, strict=True)) / len(greedy),
            fact_recall=measures.fact_recall(model, words, people()),
            agreement=measures.agreement(model, words),
            worst_cell=max(
                abs(found - cell.probability) for found, cell in zip(planted, truth, strict=True)
            ),
            planted=planted,
        )
    return reports


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


def planted_table(reports: dict[str, Report]) -> str:
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


def main() -> None:
    """The command line: Markdown on the standard output, JSON to a file where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "demo")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    options = parser.parse_args()
    reports = evaluate(options.model)
    print(summary(reports), planted_table(reports), sep="\n\n")
    if options.json:
        figures = {name: asdict(report) for name, report in reports.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
