"""Two models' answers to the closed questions of PostTrainingBiasBench, with no model run again.

Its `scripts/benchmark.py generate` writes `llm_generations/PROMPT/MODEL/DATASET/AXIS.json`: the
questions of `data/closed_datasets/DATASET/AXIS.json`, a list of objects with `prompt` and
`choices`, and in each `res`, the chosen option, and `res_probs`, one probability an option: the
geometric mean of its tokens' probabilities, divided by the sum over the options, in four digits.
Questions are paired by `idx`, or by prompt where they have none.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from fairviz.analyses.audit.request import Audit, item_row, of_others
from fairviz.benchmarks.schema import BadTable
from fairviz.core import skips
from fairviz.core.declared import refusals_of
from fairviz.core.json_file import document
from fairviz.core.skips import Skip
from fairviz.core.text_file import content_of
from fairviz.i18n import listed, said
from fairviz.tasks.formats import Unfit, post_training_bias
from fairviz.tasks.item import Item

BIAS_BENCH = "PostTrainingBiasBench"
# Half of the last digit: what is stored as 0 is less.
LEAST = 0.00005
# By what a sum of decimals misses itself in float64.
_FLOAT = 1e-9
_refused = refusals_of(__file__, BadTable)


class _Answer(NamedTuple):
    """One question as one model answered it."""

    item: Item
    log_prob: tuple[float, ...]  # one an option


def read(baseline: Path, compressed: Path, task: str = "") -> Audit:
    """Two models' answers to one data set, question by question.

    Args:
        baseline: A file, a folder with the files of a data set, or one with such folders.
        compressed: The same of the other model.
        task: The data set's name, where the folders hold several.

    Raises:
        BadTable: If a file is none of the benchmark's, has no options, or the two have no question
            in common, no answer that can be used, or ask one otherwise.
    """
    files = _files(baseline, task), _files(compressed, task)
    (before, lost), (after, more) = (_answers(one) for one in files)
    rows, skipped = [], [*lost, *more]
    for key, answer in before.items():
        other = after.get(key)
        if other is None:
            skipped.append(Skip(answer.item.id, said._("the compressed model has no answer to it")))
        elif (answer.item.context, answer.item.options) != (other.item.context, other.item.options):
            raise _refused("asked_otherwise", folder=compressed, question=key, other=baseline)
        else:
            both, untold = (answer.log_prob, other.log_prob), [False] * len(answer.log_prob)
            rows.append(item_row(answer.item, both, (untold, untold)))
    skipped += [
        Skip(one.item.id, said._("the baseline has no answer to it"))
        for key, one in after.items()
        if key not in before
    ]
    if not rows:
        raise _nothing(compressed, baseline, [*lost, *more], len(skipped))
    cards = [
        {"source": _model(path, named), "made_with": BIAS_BENCH}
        for path, named in zip((baseline, compressed), files, strict=True)
    ]
    source = task or files[0][0].resolve().parent.name
    content = [[one.item.id, one.item.context] for one in before.values()]
    return of_others(cards, source, content, pd.DataFrame(rows), skipped)


def _nothing(folder: Path, other: Path, lost: list[Skip], skipped: int) -> BadTable:
    """Why no question is left; one that is lost leaves at most one answer without its twin."""
    if not lost or 2 * len(lost) < skipped:
        return _refused("none_in_common", folder=folder, other=other)
    ((reason, _n),) = Counter(skip.reason for skip in lost).most_common(1)
    why = skips.message(reason)
    return _refused("none_usable", folder=folder, other=other, n=len(lost), reason=why)


def _files(path: Path, task: str) -> list[Path]:
    """The files of one data set, its axes in order of their names."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise _refused("no_folder", folder=path)
    if task and (path / task).is_dir():
        path /= task
    found = sorted(path.glob("*.json"))
    if not found:
        inner = sorted(one.name for one in path.iterdir() if any(one.glob("*.json")))
        if len(inner) != 1:
            named = listed(inner) if inner else "–"
            raise _refused("several_sets" if inner else "no_files", folder=path, sets=named)
        found = sorted((path / inner[0]).glob("*.json"))
    return found


def _model(given: Path, files: list[Path]) -> str:
    """The name of the folder above the data set's; of a file that stands elsewhere its own."""
    above = files[0].resolve().parent.parent.name
    return above or given.stem


def _answers(files: list[Path]) -> tuple[dict[str, _Answer], list[Skip]]:
    found: dict[str, _Answer] = {}
    lost: list[Skip] = []
    for file in files:
        rows = document(content_of(file), file.name)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _refused("no_list", file=file)
        if rows and not any(row.get("choices") for row in rows):
            raise _refused("open", file=file)
        for number, row in enumerate(rows, 1):
            where = f"{file.stem} {number}"
            try:
                answer = _answer(row, where)
            except Unfit as error:
                lost.append(Skip(where, error.message))
            except (KeyError, TypeError, ValueError) as error:
                lost.append(Skip(where, said._("not in the task's format ({why})", why=str(error))))
            else:
                key = str(row.get("idx") or answer.item.context)
                if key in found:
                    raise _refused("twice", file=file, question=key)
                found[key] = answer
    return found, lost


def _answer(row: dict[str, Any], where: str) -> _Answer:
    item = post_training_bias(row, where)
    probs = row.get("res_probs")
    if not isinstance(probs, list) or len(probs) != len(item.options):
        raise Unfit(said._("no probability for each option"))
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in probs):
        raise Unfit(said._("a probability that is no number"))
    if not all(0 <= one <= 1 for one in probs):
        raise Unfit(said._("a probability that is not between 0 and 1"))
    if abs(math.fsum(probs) - 1) > LEAST * len(probs) + _FLOAT:
        raise Unfit(said._("probabilities that do not add up to 1"))
    return _Answer(item, tuple(math.log(max(one, LEAST)) for one in probs))
