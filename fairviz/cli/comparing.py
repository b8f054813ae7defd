"""`compare`: both models on one prompt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated
from unicodedata import category

import typer

from fairviz.cli.output import estimates, printable, progress, table, write_json
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Decoding, ModelSpec, Question

if TYPE_CHECKING:
    from fairviz.metrics.traces import Comparison, PairTrace


def compare(
    baseline: Annotated[str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo.")],
    compressed: Annotated[str, typer.Option(help="Likewise, e.g. demo+nf4.")],
    prompt: Annotated[str, typer.Option(help="What both models go on from.")],
    max_new_tokens: Annotated[int, typer.Option(help="The most tokens each writes.")] = 60,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    top_k: Annotated[int, typer.Option(help="Draw from the k best; 0 is off.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from this mass; 1 is off.")] = 1.0,
    repetition_penalty: Annotated[float, typer.Option(help="1 is off.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the noise that both models share.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    json_file: Annotated[
        str, typer.Option("--json", help="Write the whole comparison to a file; - is stdout.")
    ] = "",
    unsafe_pickle: Annotated[
        bool, typer.Option(help="Also read pickled weights, which can run code when read.")
    ] = False,
    store: Annotated[bool, typer.Option(help="Answer from the store, and keep the answer.")] = True,
) -> None:
    """Both models on one prompt: what they write, and which tokens compression moved."""
    if any(category(char) == "Cs" for char in prompt):
        raise BadSpec("The prompt is not valid UTF-8.", fix="Give it in that encoding.")
    question = Question(
        ModelSpec.parse(baseline),
        ModelSpec.parse(compressed),
        prompt,
        Decoding(max_new_tokens, temperature, top_k, top_p, repetition_penalty, seed),
    )
    from fairviz.analyses.comparison import run as comparing
    from fairviz.analyses.store import Store

    with progress("tokens") as told:
        comparison = comparing.answer(
            question,
            device=device,
            dtype=dtype,
            store=Store() if store else None,
            unsafe_pickle=unsafe_pickle,
            on_step=lambda writing: told(writing.step, writing.total),
        )
    if json_file:
        write_json({**comparison.document(), "summary": _summaries(comparison)}, json_file)
    if json_file != "-":
        _print(comparison)


def _summaries(comparison: Comparison) -> dict[str, dict[str, dict[str, float | None]]]:
    from fairviz.stats import summary

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        name: {
            estimate.name: {
                "value": number(estimate.value),
                "standard_error": number(estimate.standard_error),
                "low": number(estimate.low),
                "high": number(estimate.high),
            }
            for estimate in summary(pair)
        }
        for name, pair in _texts(comparison).items()
    }


def _texts(comparison: Comparison) -> dict[str, PairTrace]:
    return {"on_baseline": comparison.on_baseline, "on_compressed": comparison.on_compressed}


def _print(comparison: Comparison) -> None:
    from fairviz.stats import summary

    question, split = comparison.question, comparison.first_divergence
    for title, name, pair in (
        ("Baseline", question.baseline, comparison.on_baseline),
        ("Compressed", question.compressed, comparison.on_compressed),
    ):
        common = "".join(pair.tokens[:split])
        rest = "" if split is None else "‖" + "".join(pair.tokens[split:])
        typer.echo(f"{title} ({name})\n{printable(question.prompt)}{printable(common + rest)}\n")
    typer.echo(
        "The two texts are the same."
        if split is None
        else f"The texts part at token {split + 1}, marked ‖."
    )
    typer.echo(
        "\nOn the baseline's text; ± is llama.cpp's standard error, the 95 % interval is by blocks "
        "of tokens:\n"
    )
    table(*estimates(summary(comparison.on_baseline)))
