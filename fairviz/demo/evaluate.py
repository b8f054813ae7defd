"""Measures the bundled model and its compressed forms: `python -m fairviz.demo.evaluate`."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fairviz.core.home import SHIPPED
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.demo import measures
from fairviz.demo.grammar import held_out
from fairviz.demo.people import WORDS, people
from fairviz.prompts.bank import bundled_examples
from fairviz.prompts.planted import cells

if TYPE_CHECKING:
    from transformers import BloomForCausalLM

MODELS = SHIPPED / "models"
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


def form(folder: Path, method: str = "none") -> BloomForCausalLM:
    """The model under a method, or as it is, in float32 on the CPU."""
    from fairviz.models.pair import load_pair

    spec = ModelSpec(str(folder), compression=CompressionSpec(method))
    return cast("BloomForCausalLM", load_pair(spec, spec, device="cpu").baseline.model)


def pruned(folder: Path, share: float = 0.5) -> BloomForCausalLM:
    """The smallest `share` of each linear layer's weights set to zero; the tied head is kept."""
    import torch

    model = form(folder)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            weight = module.weight.data
            rank = round(share * weight.numel())
            weight[weight.abs() <= weight.abs().flatten().kthvalue(rank).values] = 0.0
    return model


def student(folder: Path) -> BloomForCausalLM:
    """The distilled student that lies beside the demo."""
    return form(folder.with_name(f"{folder.name}-student"))


VARIANTS: dict[str, Callable[[Path], BloomForCausalLM]] = {
    "baseline": form,
    "int8": partial(form, method="int8"),
    "nf4": partial(form, method="nf4"),
    "pruned-50": pruned,
    "student": student,
}


def bank() -> tuple[str, ...]:
    """The 72 prompts, half French, half English, whose greedy texts are compared."""
    known = [person.name for person in people()[100::200][:4]]
    return (
        *(example.text for example in bundled_examples()),
        *WORDS["fr"]["prompts"],
        *WORDS["en"]["prompts"],
        *(f"{name} est" for name in known),
        *(f"{name} is a" for name in known),
    )


def evaluate(folder: Path) -> dict[str, Report]:
    """A report for the baseline and for every variant; the baseline comes first."""
    from transformers import PreTrainedTokenizerFast

    words = PreTrainedTokenizerFast.from_pretrained(folder)
    texts = measures.encode(words, held_out(DOCUMENTS))
    truth = cells()
    reference: list[measures.Scored] = []
    written: list[str] = []
    reports: dict[str, Report] = {}
    for name, load in VARIANTS.items():
        model = load(folder)
        scored = measures.score(model, words, texts)
        greedy = measures.greedy(model, words, bank())
        reference, written = reference or scored, written or greedy
        planted = measures.planted(model, words, truth)
        reports[name] = Report(
            parameters=model.num_parameters(),
            perplexity=math.exp(measures.surprisal(scored)),
            mean_kl=measures.mean_kl(reference, scored),
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


def card(name: str, report: Report, reports: dict[str, Report]) -> str:
    """The model card of `demo` or `student`, its template filled from a measurement."""
    template = Path(__file__).with_name(f"{name}.card.md").read_text(encoding="utf-8")
    told = {"summary": summary(reports), "planted_table": planted_table(reports)}
    counts = {"cells": len(report.planted), "prompts": len(bank())}
    return template.format(**told, **counts, **vars(report))


def main() -> None:
    """The command line: Markdown on the standard output, JSON to a file where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "demo")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--cards", action="store_true", help="rewrite the models' README.md")
    options = parser.parse_args()
    reports = evaluate(options.model)
    print(summary(reports), planted_table(reports), sep="\n\n")
    if options.cards:
        beside = options.model.with_name(f"{options.model.name}-student")
        for name, form, folder in (
            ("demo", "baseline", options.model),
            ("student", "student", beside),
        ):
            written = card(name, reports[form], reports)
            (folder / "README.md").write_text(written, encoding="utf-8")
    if options.json:
        figures = {name: asdict(report) for name, report in reports.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
