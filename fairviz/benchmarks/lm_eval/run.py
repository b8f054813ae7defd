"""One run's folder: its tasks, their results, and their samples, checked line by line as read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.benchmarks.schema import BadTable
from fairviz.core import json_file
from fairviz.core.declared import refusals_of
from fairviz.core.json_file import json_lines
from fairviz.core.text_file import content_of, text_of
from fairviz.i18n import N_, _, listed

_refused = refusals_of(__file__, BadTable)
Json = dict[str, Any]

_DATED = re.compile(r"(?P<name>.+)_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d+)?)\.json")


class Task(NamedTuple):
    """One task of one run: its samples' file and the results that the harness wrote."""

    name: str
    file: Path
    results: Json

    def said(self, part: str, *keys: str) -> Any:
        """What a part of the results says of this task under these keys; None if nothing."""
        found: Any = self.results
        for key in (part, self.name, *keys):
            found = found.get(key) if isinstance(found, dict) else None
        return found


class Run(NamedTuple):
    """One model's run."""

    folder: Path
    model: str
    arguments: dict[str, str]
    tasks: dict[str, Task]


def run_in(output: Path) -> Run:
    """The run that an `--output_path` names.

    It is a folder, or the only folder in it that has a run. Where it ends in `.json` the harness
    writes beside it instead: NAME_DATE.json, and the samples under the same date.

    Raises:
        BadTable: If there is no run, or are several.
    """
    if output.suffix == ".json" and not output.is_dir():
        place, stem = output.parent, output.stem
        files = [file for file in _dated(place) if stem in (file.path.stem, file.name)]
        if not files:
            raise _refused("no_such_file", name=stem, folder=place)
        return _run(place, files)
    if not output.is_dir():
        raise _refused("no_folder", folder=output)
    found = {place: _dated(place) for place in (output, *sorted(output.iterdir()))}
    places = [place for place, files in found.items() if files]
    if not places:
        raise _refused("no_results", folder=output)
    several = [place.name for place in places]
    if len(places) == 1:
        files = found[places[0]]
        several = sorted({f"{file.name}.json" for file in files})
        if len(several) == 1:
            return _run(places[0], files)
    raise _refused("several_models", folder=output, runs=listed(several))


class _Results(NamedTuple):
    """A results file, and the two parts of its name: `results` or the user's own, and the date."""

    path: Path
    name: str
    date: str


def _dated(place: Path) -> list[_Results]:
    """The results files in a folder; none where it is no folder."""
    named = sorted(place.iterdir()) if place.is_dir() else ()
    return [
        _Results(path, found["name"], found["date"])
        for path in named
        if (found := _DATED.fullmatch(path.name))
    ]


def _run(place: Path, files: list[_Results]) -> Run:
    tasks: dict[str, Task] = {}
    documents = []
    for path, _rest, date in files:
        documents.append((path, _results(path)))
        for name in documents[-1][1]["configs"]:
            file = place / f"samples_{name}_{date}.jsonl"
            if not file.is_file():
                raise _refused("no_samples", file=path.name, task=name, missing=file.name)
            if name in tasks:
                raise _refused(
                    "two_runs", place=place, name=name, one=tasks[name].file.name, file=file.name
                )
            tasks[name] = Task(name, file, documents[-1][1])
    said = [(path, _arguments(document)) for path, document in documents]
    for (one, first), (other, second) in pairwise(said):
        if first != second:
            raise _refused("several_loads", one=one.name, other=other.name, place=place)
    model = str(documents[0][1].get("model_name") or place.name)
    return Run(place, model, said[0][1], tasks)


def _results(path: Path) -> Json:
    document = json_file.document(content_of(path), path.name)
    parts = ("results", "configs", "config")
    if not isinstance(document, dict) or not all(isinstance(document.get(p), dict) for p in parts):
        raise _refused("not_results", file=path.name)
    return document


def _arguments(document: Json) -> dict[str, str]:
    """The `--model_args`; older versions wrote them as they were typed."""
    said = document["config"].get("model_args") or {}
    if isinstance(said, dict):
        return {str(key): str(value) for key, value in said.items()}
    return dict(pair.split("=", 1) for pair in str(said).split(",") if "=" in pair)


def written(arguments: dict[str, str]) -> str:
    """A model's arguments as they stand on the harness's command line."""
    return ",".join(f"{key}={value}" for key, value in arguments.items())


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
            raise _refused("twice", file=task.file, line=line, question=key[1], first=out[key].line)
        hashes = tuple(str(sample[name]) for name in HASHES)
        digest.update("".join(hashes).encode())
        values = _values(task, line, sample, number_in)
        out[key] = Sample(line, hashes, *_about(task, sample), values)
    if not out:
        raise _refused("empty", file=task.file)
    # Written beside the results from the same samples: what is missing at the end shows here.
    said = task.said("task_hashes")
    if said is not None and said != digest.hexdigest():
        raise _refused("cut_off", file=task.file, line=max(one.line for one in out.values()))
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
            raise _refused("not_json", file=file, line=line, why=why)
        of_samples = isinstance(sample, dict) and all(name in sample for name in HASHES)
        doc_id = sample.get("doc_id") if of_samples else None
        if type(doc_id) is not int or not 0 <= doc_id < 2**63:
            raise _refused("no_hashes", file=file, line=line, hashes=", ".join(HASHES))
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
