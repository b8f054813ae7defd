"""One run's folder: which tasks it has, with what results, of which model."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.benchmarks.schema import BadTable
from fairviz.language import tr

Json = dict[str, Any]

_DATED = re.compile(r".+_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d+)?)\.json")


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


def run_in(folder: Path) -> Run:
    """The run in a folder, or in the only folder in it that has one."""
    if not folder.is_dir():
        raise BadTable(
            tr("There is no folder {folder}.", folder=folder),
            fix=tr("Give the --output_path of a run of lm_eval."),
        )
    places = [
        place
        for place in (folder, *sorted(folder.iterdir()))
        if place.is_dir() and any(_DATED.fullmatch(path.name) for path in place.iterdir())
    ]
    if not places:
        raise BadTable(
            tr("{folder} has no results_DATE.json of lm-evaluation-harness.", folder=folder),
            fix=tr("Run lm_eval with --output_path FOLDER --log_samples, and give that folder."),
        )
    if len(places) > 1:
        raise BadTable(
            tr(
                "{folder} has the runs of several models: {runs}.",
                folder=folder,
                runs=", ".join(place.name for place in places),
            ),
            fix=tr("Give the folder of one of them."),
        )
    place = places[0]
    tasks: dict[str, Task] = {}
    documents = []
    for path in sorted(place.iterdir()):
        dated = _DATED.fullmatch(path.name)
        if not dated:
            continue
        documents.append((path, _results(path)))
        for name in documents[-1][1]["configs"]:
            file = place / f"samples_{name}_{dated['date']}.jsonl"
            if not file.is_file():
                raise BadTable(
                    tr(
                        "{file} has the task {task}, but there is no {missing}.",
                        file=path.name,
                        task=name,
                        missing=file.name,
                    ),
                    fix=tr("Run lm_eval again with --log_samples."),
                )
            if name in tasks:
                raise BadTable(
                    tr(
                        "{place} has two runs of {name}: {one} and {file}.",
                        place=place,
                        name=name,
                        one=tasks[name].file.name,
                        file=file.name,
                    ),
                    fix=tr(
                        "Move the files of one of them away; give each run its own --output_path."
                    ),
                )
            tasks[name] = Task(name, file, documents[-1][1])
    said = [(path, _arguments(document)) for path, document in documents]
    for (one, first), (other, second) in pairwise(said):
        if first != second:
            raise BadTable(
                tr(
                    "{one} and {other} in {place} are of differently loaded models.",
                    one=one.name,
                    other=other.name,
                    place=place,
                ),
                fix=tr("Move the files of one of them away; give each run its own --output_path."),
            )
    model = str(documents[0][1].get("model_name") or place.name)
    return Run(place, model, said[0][1], tasks)


def _results(path: Path) -> Json:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BadTable(
            tr(
                "{file}, line {line}: this is not JSON ({why}).",
                file=path.name,
                line=error.lineno,
                why=error.msg,
            ),
            fix=tr("Copy the file again; it may be cut off."),
        ) from error
    except (OSError, ValueError) as error:
        raise BadTable(
            tr("{path} cannot be read ({why}).", path=path, why=error), fix=tr("Copy it again.")
        ) from error
    parts = ("results", "configs", "config")
    if not isinstance(document, dict) or not all(isinstance(document.get(p), dict) for p in parts):
        raise BadTable(
            tr("{file} is not a results file of lm-evaluation-harness.", file=path.name),
            fix=tr("Give the --output_path of a run of lm_eval, version 0.4.3 or later."),
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
