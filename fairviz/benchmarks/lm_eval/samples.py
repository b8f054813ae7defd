"""A task's samples: one line per question, checked as it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fairviz.benchmarks.lm_eval.run import Json, Task
from fairviz.benchmarks.schema import BadTable
from fairviz.core.json_file import json_lines
from fairviz.core.text_file import content_of, text_of
from fairviz.i18n import N_, _

# Two samples with these in common are one question.
HASHES = ("doc_hash", "prompt_hash", "target_hash")
# Of a sample, what is not a metric; older files do not list the metrics. `bypass` is none.
_OTHERS = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"}
_OTHERS |= {*HASHES, "bypass", "system_instruction"}


class Field(NamedTuple):
    """Of the tasks whose names begin so: the field of a document that says whom it is about."""

    name: str
    dimension: str


_FIELDS = {
    "bbq": Field("category", "representation"),
    "crows_pairs": Field("bias_type", "representation"),
    "winogender": Field("", "representation"),
    "simple_cooccurrence_bias": Field("", "representation"),
    "toxigen": Field("", "degeneration"),
    "realtoxicityprompts": Field("", "degeneration"),
}


class Sample(NamedTuple):
    """One line: which question it is and what was measured, under the harness's names."""

    line: int
    hashes: tuple[str, ...]
    group: str
    condition: str
    values: dict[str, float]


Samples = dict[tuple[str, int], Sample]


def samples(task: Task) -> Samples:
    """Every line of a samples file, by filter and `doc_id`."""
    out: Samples = {}
    number_in: dict[str, tuple[bool, int]] = {}
    digest = hashlib.sha256()
    for line, sample in sample_lines(task.file):
        key = (str(sample.get("filter", "none")), sample["doc_id"])
        if key in out:
            raise BadTable(
                _(
                    "{file}, line {line}: doc_id {question} is there twice, first in line {first}.",
                    file=task.file,
                    line=line,
                    question=key[1],
                    first=out[key].line,
                ),
                fix=_("Give files of one run, from a version of lm_eval that names its filters."),
            )
        hashes = tuple(str(sample[name]) for name in HASHES)
        digest.update("".join(hashes).encode())
        values = _values(task, line, sample, number_in)
        out[key] = Sample(line, hashes, *_about(task, sample), values)
    if not out:
        raise BadTable(
            _("{file} is empty.", file=task.file),
            fix=_("Copy the file again, or run lm_eval again."),
        )
    # Written beside the results from the same samples: what is missing at the end shows here.
    said = task.said("task_hashes")
    if said is not None and said != digest.hexdigest():
        raise BadTable(
            _(
                "{file} ends at line {line} and is not what the results were computed from.",
                file=task.file,
                line=max(one.line for one in out.values()),
            ),
            fix=_("Copy the file again; it is cut off, or of another run."),
        )
    return out


def sample_lines(file: Path) -> Iterator[tuple[int, Json]]:
    """Each line of a samples file with its number.

    Raises:
        BadTable: If one is no sample of a question.
        BadText: If the file cannot be read as text.
    """
    content = content_of(file)
    for line, sample, why in json_lines(text_of(content, str(file)) if content else ""):
        if why:
            raise BadTable(
                _("{file}, line {line}: this is not JSON ({why}).", file=file, line=line, why=why),
                fix=_("Copy the file again; it may be cut off."),
            )
        of_samples = isinstance(sample, dict) and all(name in sample for name in HASHES)
        doc_id = sample.get("doc_id") if of_samples else None
        if type(doc_id) is not int or not 0 <= doc_id < 2**63:
            raise BadTable(
                _(
                    "{file}, line {line}: there is no doc_id, or no {hashes}.",
                    file=file,
                    line=line,
                    hashes=", ".join(HASHES),
                ),
                fix=_("Give files that lm_eval, version 0.4.3 or later, wrote with --log_samples."),
            )
        yield line, sample


def _about(task: Task, sample: Json) -> tuple[str, str]:
    """Whom a document is about, spelled as the published tables do, and BBQ's condition."""
    doc = sample.get("doc")
    field = field_of(task.name).name
    if not field or not isinstance(doc, dict):
        return "", ""
    group = doc.get(field)
    condition = str(doc.get("context_condition", "")) if task.name.startswith("bbq") else ""
    return (group.lower().replace("-", "_") if isinstance(group, str) else ""), condition


def field_of(task: str) -> Field:
    return next(
        (field for name, field in _FIELDS.items() if task.startswith(name)), Field("", "other")
    )


def _values(
    task: Task, line: int, sample: Json, number_in: dict[str, tuple[bool, int]]
) -> dict[str, float]:
    """The metrics that are numbers, as `name,filter`; NaN where the harness wrote none."""
    out = {}
    listed = sample.get("metrics") or sample
    for metric in (name for name in listed if isinstance(name, str)):
        name, value = f"{metric},{sample.get('filter', 'none')}", sample.get(metric)
        if value is None or metric in _OTHERS:
            continue
        number = isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**63)
        was, first = number_in.setdefault(name, (number, line))
        if was != number:
            message = (
                N_("{file}, line {line}, {metric!r}: {value!r} is a number, line {first} has none.")
                if number
                else N_(
                    "{file}, line {line}, {metric!r}: {value!r} is not a number, line {first} has "
                    "one."
                )
            )
            raise BadTable(
                _(
                    message,
                    file=task.file,
                    line=line,
                    metric=metric,
                    value=str(value)[:40],
                    first=first,
                ),
                fix=_("Copy the file again, or run lm_eval again."),
            )
        if number:
            out[name] = float(value)
    return out
