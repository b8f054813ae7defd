"""`compare`, `score` and `audit`: both models on a prompt, on a text, on a set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import category

import typer

from fairviz import api
from fairviz.analyses.called import Result, Where
from fairviz.analyses.comparison.request import Comparison
from fairviz.analyses.served.call import document as of_served
from fairviz.analyses.store import Store
from fairviz.cli import options
from fairviz.cli.output import progress, say, tell
from fairviz.core.errors import BadSpec
from fairviz.core.specs import LOGITS
from fairviz.stats import corpus, summary

if TYPE_CHECKING:
    from fairviz.analyses.audit.run import Progress
    from fairviz.analyses.reading.request import Reading


def compare(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Baseline and forms of it, instead of --baseline and --compressed."),
    ] = None,
    baseline: options.OrServed = "",
    compressed: options.Compressed = None,
    prompt: Annotated[str, typer.Option(help="What both models go on from.")] = "Once upon a time",
    max_new_tokens: Annotated[int, typer.Option(help="The most tokens each writes.")] = 60,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    top_k: Annotated[int, typer.Option(help="Draw from the k best; 0 is off.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from this mass; 1 is off.")] = 1.0,
    repetition_penalty: Annotated[float, typer.Option(help="1 is off.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the noise that both models share.")] = 0,
    chat: options.Chat = "off",
    system: options.System = "",
    thinking: options.Thinking = "",
    top_k_logprobs: options.TopLogprobs = None,
    parent: Annotated[
        str,
        typer.Option(
            "--from",
            help="KEY of a comparison: go on from another of its tokens, with its models, prompt "
            "and settings.",
        ),
    ] = "",
    at: Annotated[int, typer.Option(help="With --from, the index of that token.")] = -1,
    token: Annotated[
        str, typer.Option(help='With --from, the token instead, e.g. " ruelle".')
    ] = "",
    on: Annotated[
        str, typer.Option(help="With --from, whose text: baseline or compressed.")
    ] = "baseline",
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
    store: options.Keep = True,
) -> None:
    """A baseline and its forms on one prompt: what they write, which tokens compression moved."""
    if any(category(char) == "Cs" for char in prompt + system):
        raise BadSpec("The prompt is not valid UTF-8.", fix="Give it in that encoding.")
    named = [one for one in (baseline, *(models or ()), *(compressed or ())) if one]
    if bool(parent) != bool(token) or (parent and named):
        raise BadSpec(
            "To go on from another token takes --from, --at and --token, and no models.",
            fix='For instance --from KEY --at 6 --token " ruelle".',
        )
    if len(named) < 2 and not parent:
        raise BadSpec(
            f"A comparison takes two models or more, and {len(named)} were named.",
            fix="Write compare BASELINE COMPRESSED, or --baseline and --compressed.",
        )
    for one in named:
        # Of a server's model the name may hold anything.
        if " " in one and ":" not in one and not Path(one.partition("+")[0]).exists():
            raise BadSpec(
                f"'{one}' names no model.",
                fix="Name a folder that is there; a prompt goes behind --prompt.",
            )
    with progress("tokens") as told:
        where: Where = {
            "device": device, "dtype": dtype, "store": store, "unsafe_pickle": unsafe_pickle,
            "on_step": lambda writing: _of_writing(told, writing),
            "on_load": lambda words: told(0, 0, words),
        }  # fmt: skip
        found = api.branch(parent, at, token, on=on, **where) if parent else api.compare(
            named[0], named[1:], prompt, max_new_tokens=max_new_tokens, temperature=temperature,
            top_k=top_k, top_p=top_p, repetition_penalty=repetition_penalty, seed=seed,
            chat=chat, system=system, thinking=thinking, top_k_logprobs=top_k_logprobs, **where,
        )  # fmt: skip
    shown = found.present()
    if found.kind == "served":
        tell(found, json_file, of_served, shown, most=50)
        return

    def document(run: Result[Comparison]) -> dict[str, Any]:
        means = {
            f"on_{side}": {one.name: one.document() for one in summary(pair)}
            for side, pair in run.value.texts.items()
        }
        said = list(run.present().allowed)
        return run.value.document() | {"summary": means, "sentences": said}

    tell(found, json_file, document, shown)


def _of_writing(told: Any, step: Any) -> None:
    """How far a comparison is; of models behind servers, which one is asked."""
    if hasattr(step, "model"):
        _of_server(told, step)
    else:
        told(step.step, step.total)


def score(
    baseline: options.OrServed,
    text_file: Annotated[Path | None, typer.Option(help="A UTF-8 text; - is stdin.")] = None,
    compressed: options.Compressed = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    batch_rows: options.BatchRows = None,
    floor: options.Floor = True,
    null: options.Null = 0,
    engine: options.Engine = "",
    workers: options.Workers = 0,
    top_k_logprobs: options.TopLogprobs = None,
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
    store: options.Keep = True,
) -> None:
    """Both models read a text: every token under both, and llama.cpp's statistics of it.

    A baseline `llama-logits:FILE` is what `llama-perplexity --kl-divergence-base FILE` wrote, and
    takes no text: its own tokens are read.
    """
    words = ""
    if text_file is not None:
        words = options.text_in(text_file)
    elif not baseline.startswith(LOGITS):
        raise BadSpec("No text is named.", fix="Give --text-file; - is stdin.")
    with progress("tokens") as told:
        found = api.score(
            baseline, compressed or (), words, floor=floor, batch_rows=batch_rows, null=null,
            top_k_logprobs=top_k_logprobs, device=device, dtype=dtype, store=store,
            unsafe_pickle=unsafe_pickle, engine=engine, workers=workers,
            on_step=lambda step: _of_reading(told, step),
            on_load=lambda words: told(0, 0, words),
        )  # fmt: skip

    def document(run: Result[Reading]) -> dict[str, Any]:
        traces = run.value.traces
        statistics = corpus(traces) if len(traces[0]) > 1 else ()
        numbers = {one.name: one.document() for one in statistics}
        said = list(run.present().allowed)
        return run.value.document() | {"statistics": numbers, "sentences": said}

    of = of_served if found.kind == "served" else document
    tell(found, json_file, of, found.present(), most=50)  # llama.cpp's block is whole


def _of_reading(told: Any, step: Any) -> None:
    """How far a reading is, and what is going on beside it."""
    if hasattr(step, "model"):
        _of_server(told, step)
    else:
        beside = "the noise floor" if step.floor else "null models" if step.null else ""
        told(step.done, step.of, beside)


def _of_server(told: Any, step: Any) -> None:
    """Who is asked, and of a text that is asked for token by token how far it is."""
    told(step.token, step.tokens, f"{step.model} ({step.done + 1} of {step.of})")


def audit(
    baseline: options.Baseline = "",
    compressed: options.Compressed = None,
    prompts: Annotated[
        str, typer.Option(help="A file of prompts (CSV, JSONL, JSON, TXT), or bank: fairviz's own.")
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(help="FIELD=COLUMN of that file, e.g. text=wording; may be repeated."),
    ] = None,
    task: Annotated[str, typer.Option(help="A zero-shot task; tasks lists them.")] = "",
    items: Annotated[
        str, typer.Option(help="The task's file, or hub:DATASET[:SUBSET]; hub: is the task's own.")
    ] = "",
    labels: Annotated[
        str, typer.Option(help="A file of right answers that the task publishes apart (PIQA).")
    ] = "",
    preamble: Annotated[str, typer.Option(help="A text put before every question: a file.")] = "",
    lm_eval_baseline: Annotated[
        Path | None,
        typer.Option(help="No model is run: the baseline's folder of lm_eval --log_samples."),
    ] = None,
    lm_eval_compressed: Annotated[
        Path | None, typer.Option(help="The compressed model's folder of it.")
    ] = None,
    answers_baseline: Annotated[
        Path | None,
        typer.Option(
            help="No model is run: the baseline's answers to closed questions of "
            "PostTrainingBiasBench, a file or the folder of a model or data set."
        ),
    ] = None,
    answers_compressed: Annotated[
        Path | None, typer.Option(help="The compressed model's answers to them.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Only the first so many; 0 is all.")] = 0,
    length: Annotated[
        str, typer.Option(help="Options by their sum of log-probabilities, or per character.")
    ] = "",
    max_new_tokens: Annotated[int, typer.Option(help="Of answers in own words.")] = 50,
    chat: options.Chat = "off",
    system: options.System = "",
    thinking: options.Thinking = "",
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    batch_rows: options.BatchRows = None,
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
    floor: options.Floor = True,
    null: options.Null = 0,
    engine: options.Engine = "",
    workers: options.Workers = 0,
    store: options.Keep = True,
) -> None:
    """Both models on prompts or a task: where the baseline was unsure, what moved, what flipped."""
    from fairviz.analyses.audit.tables import document

    chosen = _length(length, task)
    if lm_eval_baseline or lm_eval_compressed:
        found = _of_others("lm-eval", lm_eval_baseline, lm_eval_compressed, task, store)
    elif answers_baseline or answers_compressed:
        found = _of_others("answers", answers_baseline, answers_compressed, task, store)
    elif not baseline or not compressed:
        raise BadSpec(
            "The models are not named.", fix="Give --baseline and --compressed, e.g. demo+nf4."
        )
    else:
        with progress() as told:
            found = api.audit(
                baseline, compressed, prompts=prompts, columns=_columns(column or []), task=task,
                items=items, labels=labels, preamble=preamble, limit=limit,
                max_new_tokens=max_new_tokens, floor=floor, batch_rows=batch_rows, null=null,
                chat=chat, system=system, thinking=thinking,
                device=device, dtype=dtype, store=store, unsafe_pickle=unsafe_pickle,
                engine=engine, workers=workers,
                on_step=lambda step: told(step.done, step.total, _words(step)),
                on_load=lambda words: told(0, 0, words),
            )  # fmt: skip
    shown = found.present(length=chosen)
    tell(found, json_file, lambda run: document(run.value, chosen), shown)


def list_tasks() -> None:
    """The zero-shot tasks, their prompt formats and where they are from."""
    from fairviz.tasks import TASKS

    for task in TASKS.values():
        say(f"{task.name}: {task.title}. {task.asks}")
        say(f"  prompt  {task.format}")
        say(f"  source  {task.paper}")
        if where := task.hub:
            say(f"  hub     {where.dataset}{':' + where.subset if where.subset else ''}")


def _of_others(
    whose: str, baseline: Path | None, compressed: Path | None, task: str, store: bool
) -> Result[Any]:
    """What others measured and kept question by question: `lm-eval` or `answers`."""
    from fairviz.analyses.audit import answers, harness
    from fairviz.analyses.runner import keep

    if not (baseline and compressed):
        raise BadSpec(
            "Only one run is given, and an audit takes two.",
            fix=f"Give --{whose}-baseline and --{whose}-compressed.",
        )
    read = harness.read if whose == "lm-eval" else answers.read
    kept = keep("audit", read(baseline, compressed, task), Store() if store else None)
    table, key = kept.result.table, kept.key
    return Result("audit", kept.result, lambda it: table, lambda: key, key=key, unkept=kept.unkept)


def _length(said: str, task: str) -> str:
    from fairviz.analyses.audit.shown import default_length
    from fairviz.inference.outcomes import LENGTHS

    chosen = said or default_length(task)
    if chosen not in LENGTHS:
        raise BadSpec(f"--length is {chosen!r}.", fix=f"Say {' or '.join(LENGTHS)}.")
    return chosen


def _columns(said: list[str]) -> dict[str, str] | None:
    pairs = [one.partition("=") for one in said]
    for one, whole in zip(said, map(all, pairs), strict=True):
        if not whole:
            raise BadSpec(f"--column {one}.", fix="Write it as text=COLUMN.")
    return {field: name for field, _equals, name in pairs} or None


def _words(step: Progress) -> str:
    if step.floor:
        return "all is measured and kept; now the noise floor"
    if step.null:
        return "all is measured and kept; now null models"
    again = (f"{step.resumed} from an earlier start",) if step.resumed else ()
    left = () if step.seconds_left is None else (f"about {step.seconds_left:.0f} s left",)
    return ", ".join((*again, *left))
