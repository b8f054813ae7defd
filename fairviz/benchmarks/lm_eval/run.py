"""One run's folder: which tasks it has, with what results, of which model."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.benchmarks.schema import BadTable
from fairviz.core import json_file
from fairviz.core.text_file import content_of
from fairviz.i18n import _
from fairviz.i18n.listing import listed

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
            raise BadTable(
                _("There is no {name}_DATE.json in {folder}.", name=stem, folder=place),
                fix=_("Give the --output_path of a run of lm_eval."),
            )
        return _run(place, files)
    if not output.is_dir():
        raise BadTable(
            _("There is no folder {folder}.", folder=output),
            fix=_("Give the --output_path of a run of lm_eval."),
        )
    found = {place: _dated(place) for place in (output, *sorted(output.iterdir()))}
    places = [place for place, files in found.items() if files]
    if not places:
        raise BadTable(
            _("{folder} has no results_DATE.json of lm-evaluation-harness.", folder=output),
            fix=_("Run lm_eval with --output_path FOLDER --log_samples, and give that folder."),
        )
    several = [place.name for place in places]
    if len(places) == 1:
        files = found[places[0]]
        several = sorted({f"{file.name}.json" for file in files})
        if len(several) == 1:
            return _run(places[0], files)
    raise BadTable(
        _("{folder} has the runs of several models: {runs}.", folder=output, runs=listed(several)),
        fix=_("Give one of them."),
    )


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
                raise BadTable(
                    _(
                        "{file} has the task {task}, but there is no {missing}.",
                        file=path.name,
                        task=name,
                        missing=file.name,
                    ),
                    fix=_("Run lm_eval again with --log_samples."),
                )
            if name in tasks:
                raise BadTable(
                    _(
                        "{place} has two runs of {name}: {one} and {file}.",
                        place=place,
                        name=name,
                        one=tasks[name].file.name,
                        file=file.name,
                    ),
                    fix=_(
                        "Move the files of one of them away; give each run its own --output_path."
                    ),
                )
            tasks[name] = Task(name, file, documents[-1][1])
    said = [(path, _arguments(document)) for path, document in documents]
    for (one, first), (other, second) in pairwise(said):
        if first != second:
            raise BadTable(
                _(
                    "{one} and {other} in {place} are of differently loaded models.",
                    one=one.name,
                    other=other.name,
                    place=place,
                ),
                fix=_("Move the files of one of them away; give each run its own --output_path."),
            )
    model = str(documents[0][1].get("model_name") or place.name)
    return Run(place, model, said[0][1], tasks)


def _results(path: Path) -> Json:
    document = json_file.document(content_of(path), path.name)
    parts = ("results", "configs", "config")
    if not isinstance(document, dict) or not all(isinstance(document.get(p), dict) for p in parts):
        raise BadTable(
            _("{file} is not a results file of lm-evaluation-harness.", file=path.name),
            fix=_("Give the --output_path of a run of lm_eval, version 0.4.3 or later."),
        )
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
