"""Two runs of lm-evaluation-harness as an audit: its answers, with no model run again.

A run is what `lm_eval --output_path FOLDER --log_samples` leaves. Of each question of a task
of multiple choice, every option's log-probability under both models is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.audit.request import Audit, item_row, of_others
from fairviz.benchmarks.lm_eval.run import (
    HASHES,
    Run,
    Samples,
    Task,
    run_in,
    sample_lines,
    samples,
    written,
)
from fairviz.benchmarks.schema import BadTable
from fairviz.core import skips
from fairviz.core.declared import refusals_of
from fairviz.core.skips import Skip
from fairviz.i18n import _, listed
from fairviz.metrics.traces import BOTH
from fairviz.tasks.item import Item

_refused = refusals_of(__file__, BadTable)


class _Answer(NamedTuple):
    """One question as one model answered it."""

    context: str
    options: tuple[str, ...]
    log_prob: tuple[float, ...]
    greedy: tuple[bool, ...]
    target: str
    group: str


def read(baseline: Path, compressed: Path, task: str = "") -> Audit:
    """Two runs of one task, question by question.

    Args:
        task: Its name in the harness; not needed where the runs have only one in common.

    Raises:
        BadTable: With file and line, if a file is malformed or cut off, if the two runs are not
            of the same questions, or if the task is not of multiple choice.
    """
    runs = run_in(baseline), run_in(compressed)
    name = _task(runs, task)
    before, after = (run.tasks[name] for run in runs)
    if before.said("configs", "output_type") == "generate_until":
        raise _refused("own_words", task=name, file=before.file.name)
    known = samples(before), samples(after)
    _same_questions(before, known[0], after, known[1])
    _same_questions(after, known[1], before, known[0])
    asked, twins = dict(_answers(before)), dict(_answers(after))
    rows, lost = [], []
    for key, answer in asked.items():
        other = twins[key]
        if answer.options != other.options or answer.context != other.context:
            where = {"file": after.file, "other": before.file}
            raise _refused("asked_otherwise", id=str(key), **where)
        if len(answer.options) < 2:
            lost.append(Skip(str(key), skips.FEW_OPTIONS))
        elif not np.isfinite(answer.log_prob + other.log_prob).all():
            lost.append(Skip(str(key), skips.NOT_FINITE))
        else:
            rows.append(_row(key, answer, other))
    if not rows:
        raise _refused("none", task=name)
    table = pd.DataFrame(rows)
    differ = [_disagreeing(table, side, one) for side, one in zip(BOTH, known, strict=True)]
    if any(differ):
        # What counts as right is then the task's own affair, such as several wordings of one.
        table["right"] = [[] for _rest in rows]
    cards = [
        {
            "source": run.model,
            "arguments": written(run.arguments),
            "made_with": "lm_eval",
            **({"acc_disagrees": n} if n else {}),
        }
        for run, n in zip(runs, differ, strict=True)
    ]
    return of_others(cards, name, [one.hashes for one in known[0].values()], table, lost)


def _task(runs: tuple[Run, Run], wanted: str) -> str:
    shared = [name for name in runs[0].tasks if name in runs[1].tasks]
    if wanted in shared:
        return wanted
    if not wanted and len(shared) == 1:
        return shared[0]
    names = listed(shared) or _("none in common")
    raise BadTable(
        _("{task} is not a task of both runs; both have {names}.", task=repr(wanted), names=names)
        if wanted
        else _("The runs have several tasks; both have {names}.", names=names),
        fix=_("Name one of them with --task.") if shared else _("Run both with the same --tasks."),
    )


def _same_questions(one: Task, first: Samples, other: Task, second: Samples) -> None:
    for key, sample in first.items():
        twin = second.get(key)
        where = {"file": one.file, "line": sample.line, "other": other.file, "id": str(key[1])}
        if twin is None:
            raise _refused("missing", **where)
        for name, left, right in zip(HASHES, sample.hashes, twin.hashes, strict=True):
            if left != right:
                raise _refused("other_hash", hash=name, there=twin.line, **where)


def _answers(task: Task) -> Iterator[tuple[int, _Answer]]:
    for line, sample in sample_lines(task.file):
        try:
            yield int(sample["doc_id"]), _answer(sample)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            why = f"{type(error).__name__}: {error}"
            raise _refused("no_answers", file=task.file, line=line, error=why) from error


def _answer(sample: dict[str, Any]) -> _Answer:
    asked = list(sample["arguments"].values())
    found = sample["filtered_resps"]
    context = str(asked[0]["arg_0"])
    # Options without their question, which some metrics ask for too, are no options.
    kept = [
        number for number, one in enumerate(asked) if str(one["arg_0"]) == context or not context
    ][: len(found)]
    doc = sample.get("doc")
    groups = (doc.get(name) for name in ("category", "subject", "bias_type")) if doc else ()
    return _Answer(
        context,
        tuple(str(asked[one]["arg_1"]) for one in kept),
        tuple(float(found[one][0]) for one in kept),
        tuple(str(found[one][1]) == "True" for one in kept),
        str(sample.get("target", "")),
        next((str(group) for group in groups if isinstance(group, str)), ""),
    )


def _row(key: int, before: _Answer, after: _Answer) -> dict[str, Any]:
    bare = [option.strip() for option in before.options]
    target = before.target.strip()
    if target.isdecimal() and int(target) < len(bare):
        right = [int(target)]
    else:
        right = [number for number, option in enumerate(bare) if option == target]
    item = Item(str(key), before.context, before.options, tuple(right), before.group)
    return item_row(item, (before.log_prob, after.log_prob), (before.greedy, after.greedy))


def _disagreeing(table: pd.DataFrame, side: str, known: Samples) -> int:
    """Questions of which the harness's own accuracy does not follow from these options and right
    answers; those without an accuracy too."""
    said = {
        str(key[1]): value
        for key, one in known.items()
        for name, value in one.values.items()
        if name.split(",")[0] == "acc"
    }
    columns = (table["id"], table[f"{side}_log_prob"], table["right"])
    return sum(
        float(int(np.argmax(log_prob)) in right) != said.get(key)
        for key, log_prob, right in zip(*columns, strict=True)
    )
