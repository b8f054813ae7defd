"""Measures the bundled model and its compressed forms: `python -m fairviz.demo.evaluate`."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

from fairviz.demo import cards, held_out, measures, scoring, tables
from fairviz.demo.people import people
from fairviz.demo.prompts import bank
from fairviz.demo.tables import Report
from fairviz.demo.variants import MODELS, VARIANTS
from fairviz.prompts.planted import cells

DOCUMENTS = 400


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


def main() -> None:
    """The command line: Markdown on the standard output, JSON to a file where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "demo")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--cards", action="store_true", help="rewrite the models' README.md")
    options = parser.parse_args()
    reports = evaluate(options.model)
    print(tables.summary(reports), tables.planted(reports), sep="\n\n")
    if options.cards:
        beside = options.model.with_name(f"{options.model.name}-student")
        (options.model / "README.md").write_text(cards.demo(reports), encoding="utf-8")
        (beside / "README.md").write_text(cards.student(reports), encoding="utf-8")
    if options.json:
        figures = {name: asdict(report) for name, report in reports.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
