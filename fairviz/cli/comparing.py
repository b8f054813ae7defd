"""`compare`: both models on one prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from unicodedata import category

import typer

from fairviz.cli import text
from fairviz.cli.options import Baseline, Compressed, Device, Dtype, JsonFile, Keep, UnsafePickle
from fairviz.cli.output import progress, write_json
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Decoding, ModelSpec

if TYPE_CHECKING:
    from fairviz.analyses.comparison.request import Comparison


def compare(
    baseline: Baseline,
    compressed: Compressed,
    prompt: Annotated[str, typer.Option(help="What both models go on from.")],
    max_new_tokens: Annotated[int, typer.Option(help="The most tokens each writes.")] = 60,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    top_k: Annotated[int, typer.Option(help="Draw from the k best; 0 is off.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from this mass; 1 is off.")] = 1.0,
    repetition_penalty: Annotated[float, typer.Option(help="1 is off.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the noise that both models share.")] = 0,
    device: Device = "auto",
    dtype: Dtype = "auto",
    json_file: JsonFile = "",
    unsafe_pickle: UnsafePickle = False,
    store: Keep = True,
) -> None:
    """Both models on one prompt: what they write, and which tokens compression moved."""
    if any(category(char) == "Cs" for char in prompt):
        raise BadSpec("The prompt is not valid UTF-8.", fix="Give it in that encoding.")
    from fairviz.analyses import runner
    from fairviz.analyses.comparison.request import ComparisonRequest
    from fairviz.analyses.comparison.run import measure
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store
    from fairviz.stats import summary

    request = ComparisonRequest(
        ModelSpec.parse(baseline),
        ModelSpec.parse(compressed),
        prompt,
        Decoding(max_new_tokens, temperature, top_k, top_p, repetition_penalty, seed),
    )
    with progress("tokens") as told:
        answer = runner.answer(
            "comparison",
            request,
            measure(request),
            machine=runner.Machine(device, dtype, unsafe_pickle),
            store=Store() if store else None,
            loading=runner.alone(lambda words: told(0, 0, words)),
            on_step=lambda writing: told(writing.step, writing.total),
        )
    comparison: Comparison = answer.result
    shown = ANALYSES["comparison"].present(comparison, audience="text")
    if json_file:
        means = {
            f"on_{side}": {one.name: one.document() for one in summary(pair)}
            for side, pair in comparison.texts.items()
        }
        more = {"summary": means, "sentences": list(shown.allowed), "key": answer.key}
        write_json({**comparison.document(), **more}, json_file)
    if json_file != "-":
        text.render(shown)
    text.kept(answer)
