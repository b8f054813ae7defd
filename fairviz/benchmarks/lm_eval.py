"""lm-evaluation-harness with `--log_samples`: two runs of the same questions, item by item.

A run's folder has, for each call of the harness, `results_DATE.json` and one
`samples_TASK_DATE.jsonl` per task, often in a sub-folder named after the model: versions 0.4.3
and later, checked on files of 0.4.13. Questions are paired by task, filter and `doc_id`, and
refused where they differ.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.benchmarks.items import binary, items
from fairviz.benchmarks.metrics import BY_NAME
from fairviz.benchmarks.schema import STRUCTURES, BadTable, tidy
from fairviz.stats import wilson

if TYPE_CHECKING:
    import pandas as pd

Json = dict[str, Any]


class Imported(NamedTuple):
    """Two runs: `rows` is a bias table, `items` an item table."""

    rows: pd.DataFrame
    items: pd.DataFrame


class _Field(NamedTuple):
    """Of the tasks whose names begin so: the field of a document that says whom it is about."""

    name: str
    dimension: str


_FIELDS = {
    "bbq": _Field("category", "representation"),
    "crows_pairs": _Field("bias_type", "representation"),
    "winogender": _Field("", "representation"),
    "simple_cooccurrence_bias": _Field("", "representation"),
    "toxigen": _Field("", "degeneration"),
    "realtoxicityprompts": _Field("", "degeneration"),
}
# BBQ's accuracy means two things: `unknown` is right only where the text does not say who.
_BBQ = {"ambig": "acc_ambiguous", "disambig": "acc_disambiguated"}
_DATED = re.compile(r".+_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d+)?)\.json")
# Two samples with these in common are one question.
_HASHES = ("doc_hash", "prompt_hash", "target_hash")
# What the hashes do not cover and two runs must share.
_SAME = {
    "the task's version": ("versions",),
    "output_type": ("configs", "output_type"),
    "generation_kwargs": ("configs", "generation_kwargs"),
}
# Of a sample, what is not a metric; older files do not list the metrics. `bypass` is none.
_OTHERS = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"}
_OTHERS |= {*_HASHES, "bypass", "system_instruction"}
_BITS = {"int8": 8, "nf4": 4, "fp4": 4}


class _Task(NamedTuple):
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


class _Run(NamedTuple):
    """One model's run."""

    folder: Path
    model: str
    arguments: dict[str, str]
    tasks: dict[str, _Task]


class _Sample(NamedTuple):
    """One line: which question it is and what was measured, under the harness's names."""

    line: int
    hashes: tuple[str, ...]
    group: str
    condition: str
    values: dict[str, float]


_Samples = dict[tuple[str, int], _Sample]


def read(
    compressed: Path,
    baseline: Path,
    *,
    base_model: str = "",
    method: str = "",
    bits: int | None = None,
    ratio: float | None = None,
    structure: str = "",
) -> Imported:
    """Pair two runs of the same tasks.

    Only metrics that the harness averages over questions are imported (a perplexity is not
    one); an interval, Wilson's at 95 %, only where every outcome is 0 or 1. Tasks whose
    documents say whom they are about have one row per such axis as well. A question without
    a finite outcome on either side is left out on both, and the number flagged `left_out`.

    Args:
        compressed: The compressed model's `--output_path`, or the model's folder in it.
        baseline: The baseline's.
        base_model: By default the last part of the baseline's name.
        method: By default what the compressed run's `--model_args` say (`load_in_8bit`,
            `load_in_4bit`).
        bits: By default known for `int8`, `nf4` and `fp4`.
        ratio: Share of the weights' bits removed; by default 1 - bits / 16.
        structure: One of `schema.STRUCTURES`; by default `none` where bits are known.

    Raises:
        BadTable: With the file and line, if a file is malformed, cut off or another
            program's, or if the two runs are not of the same questions.
    """
    import pandas as pd

    if compressed.resolve() == baseline.resolve():
        raise BadTable(f"Both runs are {baseline}.", fix="Give the two models' own folders.")
    before, after = _run(baseline), _run(compressed)
    for one, other in ((before, after), (after, before)):
        alone = sorted(set(one.tasks) - set(other.tasks))
        if alone:
            raise BadTable(
                f"{one.folder} has the task {alone[0]}, {other.folder} has not.",
                fix="Run both models with the same --tasks.",
            )
    base: Json = {
        "base_model": base_model or Path(before.model).name,
        "raw_base_model": before.model,
        "raw_method": _written(before.arguments),
    }
    sides = {
        "baseline": base | {"method": "none", "bits": None, "ratio": 0.0, "structure": "none"},
        "compressed": base
        | _told(after.arguments, method, bits, ratio, structure)
        | {"raw_base_model": after.model, "raw_method": _written(after.arguments)},
    }
    rows: list[Json] = []
    outcomes = []
    for name in before.tasks:
        found, lost = _paired(before.tasks[name], after.tasks[name])
        outcomes.append(found)
        for side, run in (("baseline", before), ("compressed", after)):
            task = run.tasks[name]
            rows += [sides[side] | row for row in _rows(task, found, side, lost)]
    if not rows:
        raise BadTable(
            f"No task of {after.folder} has a metric that is averaged over questions.",
            fix="Import tasks that score each question, as multiple choice does.",
        )
    return Imported(tidy(pd.DataFrame(rows)), items(pd.concat(outcomes, ignore_index=True)))


def _told(
    arguments: dict[str, str], method: str, bits: int | None, ratio: float | None, structure: str
) -> Json:
    """How the compressed model was compressed, as told or as its arguments say."""
    if not method and arguments.get("load_in_8bit") == "True":
        method = "int8"
    if not method and arguments.get("load_in_4bit") == "True":
        method = arguments.get("bnb_4bit_quant_type", "fp4")
    if not method or method == "none":
        raise BadTable(
            "How the model was compressed is not in its run's arguments.",
            fix="Say it with --method: int8, nf4, gptq, awq, wanda, …",
        )
    bits = bits or _BITS.get(method)
    if bits is not None and not 1 <= bits <= 16:
        raise BadTable(f"{bits} bits per weight.", fix="Name between 1 and 16.")
    if ratio is None and bits is not None:
        ratio = 1 - bits / 16
    if ratio is not None and not 0 <= ratio <= 1:
        raise BadTable(f"The ratio {ratio:g} is no share.", fix="Name between 0 and 1.")
    structure = structure or ("none" if bits is not None else "")
    if structure and structure not in STRUCTURES:
        raise BadTable(
            f"The structure {structure!r} is unknown.", fix=f"Name one of {', '.join(STRUCTURES)}."
        )
    return {"method": method, "bits": bits, "ratio": ratio, "structure": structure}


def _run(folder: Path) -> _Run:
    """The run in a folder, or in the only folder in it that has one."""
    if not folder.is_dir():
        raise BadTable(
            f"There is no folder {folder}.", fix="Give the --output_path of a run of lm_eval."
        )
    places = [
        place
        for place in (folder, *sorted(folder.iterdir()))
        if place.is_dir() and any(_DATED.fullmatch(path.name) for path in place.iterdir())
    ]
    if not places:
        raise BadTable(
            f"{folder} has no results_DATE.json of lm-evaluation-harness.",
            fix="Run lm_eval with --output_path FOLDER --log_samples, and give that folder.",
        )
    if len(places) > 1:
        raise BadTable(
            f"{folder} has the runs of several models: "
            f"{', '.join(place.name for place in places)}.",
            fix="Give the folder of one of them.",
        )
    place = places[0]
    tasks: dict[str, _Task] = {}
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
                    f"{path.name} has the task {name}, but there is no {file.name}.",
                    fix="Run lm_eval again with --log_samples.",
                )
            if name in tasks:
                raise BadTable(
                    f"{place} has two runs of {name}: {tasks[name].file.name} and {file.name}.",
                    fix="Move the files of one of them away; give each run its own --output_path.",
                )
            tasks[name] = _Task(name, file, documents[-1][1])
    said = [(path, _arguments(document)) for path, document in documents]
    for (one, first), (other, second) in pairwise(said):
        if first != second:
            raise BadTable(
                f"{one.name} and {other.name} in {place} are of differently loaded models.",
                fix="Move the files of one of them away; give each run its own --output_path.",
            )
    model = str(documents[0][1].get("model_name") or place.name)
    return _Run(place, model, said[0][1], tasks)


def _results(path: Path) -> Json:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BadTable(
            f"{path.name}, line {error.lineno}: this is not JSON ({error.msg}).",
            fix="Copy the file again; it may be cut off.",
        ) from error
    except (OSError, ValueError) as error:
        raise BadTable(f"{path} cannot be read ({error}).", fix="Copy it again.") from error
    parts = ("results", "configs", "config")
    if not isinstance(document, dict) or not all(isinstance(document.get(p), dict) for p in parts):
        raise BadTable(
            f"{path.name} is not a results file of lm-evaluation-harness.",
            fix="Give the --output_path of a run of lm_eval, version 0.4.3 or later.",
        )
    return document


def _arguments(document: Json) -> dict[str, str]:
    """The `--model_args`; older versions wrote them as they were typed."""
    said = document["config"].get("model_args") or {}
    if isinstance(said, dict):
        return {str(key): str(value) for key, value in said.items()}
    return dict(pair.split("=", 1) for pair in str(said).split(",") if "=" in pair)


def _written(arguments: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in arguments.items())


def _paired(before: _Task, after: _Task) -> tuple[pd.DataFrame, set[str]]:
    """The questions of one task with both outcomes, and the metrics that lack some."""
    import pandas as pd

    for what, keys in _SAME.items():
        one, other = before.said(*keys), after.said(*keys)
        if one != other:
            raise BadTable(
                f"The runs of {before.name} differ in {what}: {one} and {other}.",
                fix="Run both models with the same version and settings of the harness.",
            )
    base, comp = _samples(before), _samples(after)
    for side, other, task, lacks in ((base, comp, before, after), (comp, base, after, before)):
        alone = [key for key in side if key not in other]
        if alone:
            first = side[alone[0]]
            raise BadTable(
                f"{task.file}, line {first.line}: {lacks.file} has no doc_id {alone[0][1]}, nor "
                f"{len(alone) - 1:,} more of its {len(side):,} samples.",
                fix="Run both models with the same --limit, --samples and filters.",
            )
    for key, sample in comp.items():
        for name, one, other in zip(_HASHES, base[key].hashes, sample.hashes, strict=True):
            if one != other:
                raise BadTable(
                    f"{after.file}, line {sample.line}: doc_id {key[1]} has another {name} than "
                    f"in {before.file}, line {base[key].line}.",
                    fix="Run both models on the same data, with the same prompts and few-shot "
                    "examples.",
                )
    kept = [m for m in _averaged(before, base) if m in _averaged(after, comp)]
    rows = []
    lost: set[str] = set()
    for key, sample in base.items():
        for name in kept:
            pair = [side[key].values.get(name, math.nan) for side in (base, comp)]
            label = name.removesuffix(",none")
            if not all(math.isfinite(value) for value in pair):
                if name in sample.values or name in comp[key].values:
                    lost.add(label)
                continue
            rows.append((before.name, key[1], label, sample.group, *pair))
            if label == "acc" and sample.condition in _BBQ:
                label = _BBQ[sample.condition]
                rows.append((before.name, key[1], label, sample.group, *pair))
    columns = ["task", "doc_id", "metric", "group", "baseline", "compressed"]
    return pd.DataFrame(rows, columns=columns), lost


def _averaged(task: _Task, samples: _Samples) -> list[str]:
    """The metrics whose published number is the mean over these samples."""
    values: dict[str, list[float]] = {}
    for sample in samples.values():
        for name, value in sample.values.items():
            values.setdefault(name, []).append(value)
    kept = []
    for name, numbers in values.items():
        published = task.said("results", name)
        if not isinstance(published, int | float):
            continue
        mean = math.fsum(numbers) / len(numbers)
        if math.isclose(mean, published, rel_tol=1e-9, abs_tol=1e-12) or not math.isfinite(mean):
            kept.append(name)
        elif _aggregation(task, name.split(",")[0]) == "mean":
            raise BadTable(
                f"{task.file}: the mean {name} is {mean:.6g}, the results say {published:.6g}.",
                fix="Copy the files again; samples and results are not of one run.",
            )
    return kept


def _aggregation(task: _Task, metric: str) -> str:
    for one in task.said("configs", "metric_list") or ():
        if isinstance(one, dict) and one.get("metric") == metric:
            return str(one.get("aggregation", ""))
    return ""


def _samples(task: _Task) -> _Samples:
    """Every line of a samples file, by filter and `doc_id`."""
    out: _Samples = {}
    number_in: dict[str, tuple[bool, int]] = {}
    digest = hashlib.sha256()
    for line, sample in _lines(task.file):
        key = (str(sample.get("filter", "none")), sample["doc_id"])
        if key in out:
            raise BadTable(
                f"{task.file}, line {line}: doc_id {key[1]} is there twice, first in line "
                f"{out[key].line}.",
                fix="Give files of one run, from a version of lm_eval that names its filters.",
            )
        hashes = tuple(str(sample[name]) for name in _HASHES)
        digest.update("".join(hashes).encode())
        values = _values(task, line, sample, number_in)
        out[key] = _Sample(line, hashes, *_about(task, sample), values)
    if not out:
        raise BadTable(f"{task.file} is empty.", fix="Copy the file again, or run lm_eval again.")
    # Written beside the results from the same samples: what is missing at the end shows here.
    said = task.said("task_hashes")
    if said is not None and said != digest.hexdigest():
        raise BadTable(
            f"{task.file} ends at line {max(one.line for one in out.values())} and is not what "
            f"the results were computed from.",
            fix="Copy the file again; it is cut off, or of another run.",
        )
    return out


def _lines(file: Path) -> Iterator[tuple[int, Json]]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadTable(
            f"{file} cannot be read ({error.strerror}).", fix="Copy it again."
        ) from error
    for line, text in enumerate(content.rstrip(b"\n").split(b"\n") if content else (), 1):
        try:
            sample = json.loads(text.decode("utf-8"))
        except ValueError as error:
            raise BadTable(
                f"{file}, line {line}: this is not JSON ({error}).",
                fix="Copy the file again; it may be cut off.",
            ) from error
        of_samples = isinstance(sample, dict) and all(name in sample for name in _HASHES)
        doc_id = sample.get("doc_id") if of_samples else None
        if type(doc_id) is not int or not 0 <= doc_id < 2**63:
            raise BadTable(
                f"{file}, line {line}: there is no doc_id, or no {', '.join(_HASHES)}.",
                fix="Give files that lm_eval, version 0.4.3 or later, wrote with --log_samples.",
            )
        yield line, sample


def _about(task: _Task, sample: Json) -> tuple[str, str]:
    """Whom a document is about, spelled as the published tables do, and BBQ's condition."""
    doc = sample.get("doc")
    field = _field(task.name).name
    if not field or not isinstance(doc, dict):
        return "", ""
    group = doc.get(field)
    condition = str(doc.get("context_condition", "")) if task.name.startswith("bbq") else ""
    return (group.lower().replace("-", "_") if isinstance(group, str) else ""), condition


def _field(task: str) -> _Field:
    return next(
        (field for name, field in _FIELDS.items() if task.startswith(name)), _Field("", "other")
    )


def _values(
    task: _Task, line: int, sample: Json, number_in: dict[str, tuple[bool, int]]
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
            raise BadTable(
                f"{task.file}, line {line}, {metric!r}: {str(value)[:40]!r} is "
                f"{'a' if number else 'not a'} number, line {first} has "
                f"{'one' if was else 'none'}.",
                fix="Copy the file again, or run lm_eval again.",
            )
        if number:
            out[name] = float(value)
    return out


def _rows(task: _Task, found: pd.DataFrame, side: str, lost: set[str]) -> Iterator[Json]:
    """One side's rows: each metric over all questions, and over each axis."""
    for name, whole in found.groupby("metric", sort=False):
        share = binary(whole)
        raw = "acc" if name in _BBQ.values() else str(name).split(",")[0]
        known = BY_NAME.get(str(name))
        better = task.said("higher_is_better", raw)
        worse = {True: "lower", False: "higher"}.get(better, "")
        parts = [("", whole)]
        if whole["group"].ne("").any():
            parts += [(str(axis), part) for axis, part in whole.groupby("group") if axis]
        for axis, part in parts:
            values = part[side]
            low = high = math.nan
            if share:
                low, high = (float(end) for end in wilson(values.sum(), len(part)))
            yield {
                "dimension": _field(task.name).dimension,
                "benchmark": task.name,
                "metric": name,
                "axis": axis,
                "level": "axis" if axis else "aggregate",
                "n": len(part),
                "value": math.fsum(values) / len(part),
                "low": low,
                "high": high,
                "unit": known.unit if known else "share" if share else "",
                "worse": known.worse if known else worse,
                "flags": "left_out" if name in lost else "",
                "file": task.file.name,
                "column": raw,
            }
