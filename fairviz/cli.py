"""The same jobs without a browser."""

from __future__ import annotations

import io
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from unicodedata import category

import typer

from fairviz import __version__
from fairviz.errors import BadSpec, FairvizError
from fairviz.specs import Decoding, ModelSpec, Question

if TYPE_CHECKING:
    from fairviz.traces import Comparison, PairTrace
    from fairviz.writing import Writing

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What compression does to a language model, token by token.",
)


def main() -> None:
    """Run a command; a user's error is one line on stderr and exit code 2, Ctrl-C is 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no "é" shows its number rather than ending the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
    except FairvizError as error:
        raise SystemExit(_refuse(str(error))) from None
    except Exception as error:
        # Typer keeps its usage errors to itself; this is what all of them have.
        words = getattr(error, "format_message", None)
        if words is None:
            raise
        raise SystemExit(_refuse(words())) from None
    if code == 130:
        typer.echo("stopped", err=True)
    raise SystemExit(code)


def _refuse(words: str) -> int:
    typer.echo(f"error: {printable(' '.join(words.split()))}", err=True)
    return 2


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
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
    from fairviz import compare as comparing
    from fairviz.store import Store

    comparison = comparing.answer(
        question,
        device=device,
        dtype=dtype,
        store=Store() if store else None,
        unsafe_pickle=unsafe_pickle,
        on_step=_progress if sys.stderr.isatty() else None,
    )
    if json_file:
        _write_json(comparison, json_file)
    if json_file != "-":
        _print(comparison)


@app.command()
def doctor() -> None:
    """What this machine can run, and what is missing."""
    from fairviz.models.doctor import examine

    findings = examine()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok ' if finding.ok else 'NO '} {finding.name:<{width}}  {finding.detail}")
        if finding.fix:
            typer.echo(f"    {'':<{width}}  {finding.fix}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _progress(writing: Writing) -> None:
    end = "\n" if writing.done else ""
    typer.echo(f"\rtoken {writing.step} of at most {writing.total}{end}", err=True, nl=False)


def printable(text: str) -> str:
    """A model's text for a terminal: control characters, such as those of colour and
    cursor codes, are written out instead of obeyed."""
    return "".join(
        char if char.isprintable() or char == "\n" or category(char) == "Zs" else _code(char)
        for char in text
    )


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def _summaries(comparison: Comparison) -> dict[str, dict[str, dict[str, float | None]]]:
    from fairviz.stats import summary

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        name: {
            estimate.name: {
                "value": number(estimate.value),
                "standard_error": number(estimate.standard_error),
            }
            for estimate in summary(pair)
        }
        for name, pair in _texts(comparison).items()
    }


def _texts(comparison: Comparison) -> dict[str, PairTrace]:
    return {"on_baseline": comparison.on_baseline, "on_compressed": comparison.on_compressed}


def _write_json(comparison: Comparison, target: str) -> None:
    document = {**comparison.document(), "summary": _summaries(comparison)}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    if target == "-":
        sys.stdout.buffer.write(text.encode() + b"\n")  # JSON is UTF-8, whatever the terminal is
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FairvizError(
            f"{target} cannot be written ({error.strerror}).", fix="Name another file."
        ) from error


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
    typer.echo("\nOn the baseline's text, value ± standard error:")
    for estimate in summary(comparison.on_baseline):
        value = f"{estimate.value:.4g} ± {estimate.standard_error:.2g}"
        typer.echo(f"  {estimate.title:<28} {value:>20} {estimate.unit}".rstrip())
