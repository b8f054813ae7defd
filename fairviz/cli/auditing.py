"""`audit`: both models on a whole set of prompts or questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairviz.cli import text
from fairviz.cli.output import progress, write_json
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec

if TYPE_CHECKING:
    from fairviz.analyses.audit.request import AuditRequest
    from fairviz.analyses.audit.run import Progress
    from fairviz.analyses.audit.sets import NamedSet
    from fairviz.analyses.runner import Answer, Machine


def audit(
    baseline: Annotated[str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo.")] = "",
    compressed: Annotated[str, typer.Option(help="Likewise, e.g. demo+nf4.")] = "",
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
    limit: Annotated[int, typer.Option(help="Only the first so many; 0 is all.")] = 0,
    length: Annotated[
        str,
        typer.Option(help="Options by their sum of log-probabilities, or per character."),
    ] = "",
    max_new_tokens: Annotated[int, typer.Option(help="Of answers in own words.")] = 50,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    batch_rows: Annotated[
        int | None,
        typer.Option(
            help="Texts read together, to repeat others' batched figures; by default what its "
            "neighbours would disturb is read alone."
        ),
    ] = None,
    json_file: Annotated[
        str, typer.Option("--json", help="Write rows and summary to a file; - is stdout.")
    ] = "",
    unsafe_pickle: Annotated[
        bool, typer.Option(help="Also read pickled weights, which can run code when read.")
    ] = False,
    floor: Annotated[
        bool, typer.Option(help="Also the baseline against itself in another number type.")
    ] = True,
    store: Annotated[
        bool, typer.Option(help="Answer from the store, keep the answer, go on after a crash.")
    ] = True,
) -> None:
    """Both models on prompts or a task: where the baseline was unsure, what moved, what flipped."""
    from fairviz.analyses.audit.request import audit_request
    from fairviz.analyses.audit.sets import named
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.runner import Machine, keep
    from fairviz.analyses.store import Store

    chosen = _length(length, task)
    if lm_eval_baseline or lm_eval_compressed:
        if not (lm_eval_baseline and lm_eval_compressed):
            raise BadSpec(
                "Only one run of lm_eval is given.",
                fix="Give --lm-eval-baseline and --lm-eval-compressed.",
            )
        from fairviz.analyses.audit.harness import read

        audit_read = read(lm_eval_baseline, lm_eval_compressed, task)
        found = keep("audit", audit_read, Store() if store else None)
    else:
        if not baseline or not compressed:
            raise BadSpec(
                "The models are not named.", fix="Give --baseline and --compressed, e.g. demo+nf4."
            )
        asked = named(
            prompts,
            columns=_columns(column or []),
            task=task,
            items=items,
            labels=labels,
            preamble=preamble,
            limit=limit,
        )
        request = audit_request(
            ModelSpec.parse(baseline),
            ModelSpec.parse(compressed),
            asked.source,
            asked.units,
            max_new_tokens,
            floor=floor,
            batch_rows=batch_rows,
        )
        found = _run(request, asked, Machine(device, dtype, unsafe_pickle), store)
    if json_file:
        from fairviz.analyses.audit.document import document

        write_json(document(found.result, chosen) | {"key": found.key}, json_file)
    if json_file != "-":
        text.render(ANALYSES["audit"].present(found.result, {"length": chosen}, "text"))
    text.kept(found)


def list_tasks() -> None:
    """The zero-shot tasks, their prompt formats and where they are from."""
    from fairviz.tasks import TASKS

    for task in TASKS.values():
        typer.echo(f"{task.name}: {task.title}. {task.asks}")
        typer.echo(f"  prompt  {task.format}")
        typer.echo(f"  source  {task.paper}")
        where = task.hub
        typer.echo(f"  hub     {where.dataset}{':' + where.subset if where.subset else ''}")


def _length(said: str, task: str) -> str:
    from fairviz.analyses.audit.shown import default_length
    from fairviz.inference.outcomes import LENGTHS

    chosen = said or default_length(task)
    if chosen not in LENGTHS:
        raise BadSpec(f"--length is {chosen!r}.", fix=f"Say {' or '.join(LENGTHS)}.")
    return chosen


def _columns(said: list[str]) -> dict[str, str] | None:
    pairs = [one.partition("=") for one in said]
    if not all(equals and field and name for field, equals, name in pairs):
        raise BadSpec(f"--column {said[0]}.", fix="Write it as text=COLUMN.")
    return {field: name for field, _equals, name in pairs} or None


def _run(
    request: AuditRequest,
    asked: NamedSet,
    machine: Machine,
    store: bool,
) -> Answer:
    from fairviz.analyses.audit.run import run
    from fairviz.analyses.runner import alone, answer
    from fairviz.analyses.store import Store

    with progress() as told:
        return answer(
            "audit",
            request,
            lambda pair, parts, told: run(
                pair, request, asked.units, parts, left_out=asked.skipped
            ),
            machine=machine,
            store=Store() if store else None,
            loading=alone(lambda words: told(0, 0, words)),
            on_step=lambda step: told(step.done, step.total, _words(step)),
        )


def _words(step: Progress) -> str:
    if step.floor:
        return "all is measured and kept; now the noise floor"
    again = (f"{step.resumed} from an earlier start",) if step.resumed else ()
    left = () if step.seconds_left is None else (f"about {step.seconds_left:.0f} s left",)
    return ", ".join((*again, *left))
