"""lm-evaluation-harness with `--log_samples`: two runs of the same questions, item by item.

A run's folder has, for each call of the harness, `results_DATE.json` and one
`samples_TASK_DATE.jsonl` per task, often in a sub-folder named after the model: versions 0.4.3
and later, checked on files of 0.4.13. Questions are paired by task, filter and `doc_id`, and
refused where they differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.items import binary, items
from fairviz.benchmarks.lm_eval.run import (
    HASHES,
    Json,
    Samples,
    Task,
    field_of,
    run_in,
    samples,
    written,
)
from fairviz.benchmarks.metrics import BY_NAME
from fairviz.benchmarks.schema import STRUCTURES, BadTable, tidy
from fairviz.core.declared import refusals_of
from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH
from fairviz.stats import wilson

if TYPE_CHECKING:
    import pandas as pd

_refused = refusals_of(__file__, BadTable)
# BBQ's accuracy means two things: `unknown` is right only where the text does not say who.
_BBQ = {"ambig": "acc_ambiguous", "disambig": "acc_disambiguated"}
# What the hashes do not cover and two runs must share.
_SAME = {
    N_("the task's version"): ("versions",),
    "output_type": ("configs", "output_type"),
    "generation_kwargs": ("configs", "generation_kwargs"),
}
_BITS = {"int8": 8, "nf4": 4, "fp4": 4}


class Imported(NamedTuple):
    """Two runs: `rows` is a bias table, `items` an item table."""

    rows: pd.DataFrame
    items: pd.DataFrame


class Compression(NamedTuple):
    """What a harness's output does not say of the compressed model."""

    base_model: str = ""  # by default the last part of the baseline's name
    # By default what the compressed run's `--model_args` say (`load_in_8bit`, `load_in_4bit`).
    method: str = ""
    bits: int | None = None  # by default known for `int8`, `nf4` and `fp4`
    ratio: float | None = None  # share of the weights' bits removed; by default 1 - bits / 16
    structure: str = ""  # one of `schema.STRUCTURES`; by default `none` where bits are known


_NOT_SAID = Compression()


def read(compressed: Path, baseline: Path, said: Compression = _NOT_SAID) -> Imported:
    """Pair two runs of the same tasks.

    Only metrics that the harness averages over questions are imported (a perplexity is not
    one); an interval, Wilson's at 95 %, only where every outcome is 0 or 1. Tasks whose
    documents say whom they are about have one row per such axis as well. A question without
    a finite outcome on either side is left out on both, and the number flagged `left_out`.

    Args:
        compressed: The compressed model's `--output_path`, or the model's folder in it.

    Raises:
        BadTable: With the file and line, if a file is malformed, cut off or another
            program's, or if the two runs are not of the same questions.
    """
    import pandas as pd

    if compressed.resolve() == baseline.resolve():
        raise _refused("same_folder", baseline=baseline)
    before, after = run_in(baseline), run_in(compressed)
    for one, other in ((before, after), (after, before)):
        alone = sorted(set(one.tasks) - set(other.tasks))
        if alone:
            raise _refused("lacks_task", folder=one.folder, task=alone[0], other=other.folder)
    sides = sides_of(said, *((run.model, run.arguments) for run in (before, after)))
    rows: list[Json] = []
    outcomes = []
    for name in before.tasks:
        found, lost = _paired(before.tasks[name], after.tasks[name])
        outcomes.append(found)
        for side, run in (("baseline", before), ("compressed", after)):
            task = run.tasks[name]
            rows += [sides[side] | row for row in _rows(task, found, side, lost)]
    if not rows:
        raise _refused("nothing_averaged", folder=after.folder)
    return Imported(tidy(pd.DataFrame(rows)), items(pd.concat(outcomes, ignore_index=True)))


def sides_of(said: Compression, *models: tuple[str, dict[str, str]]) -> dict[str, Json]:
    """What all rows say of the baseline and of the compressed model, from names and arguments.

    Raises:
        BadTable: As `_told`.
    """
    none: Json = {"method": "none", "bits": None, "ratio": 0.0, "structure": "none"}
    name, ways = said.base_model or Path(models[0][0]).name, (none, _told(models[1][1], said))
    return {
        side: {"base_model": name, "raw_base_model": model, "raw_method": written(arguments), **how}
        for side, (model, arguments), how in zip(BOTH, models, ways, strict=True)
    }


def _told(arguments: dict[str, str], said: Compression) -> Json:
    """How the compressed model was compressed, as told or as its arguments say.

    Raises:
        BadTable: If neither says it, or what is said cannot be.
    """
    _base, method, bits, ratio, structure = said
    if not method and arguments.get("load_in_8bit") == "True":
        method = "int8"
    if not method and arguments.get("load_in_4bit") == "True":
        method = arguments.get("bnb_4bit_quant_type", "fp4")
    if not method or method == "none":
        raise _refused("method_unknown")
    bits = bits or _BITS.get(method)
    if bits is not None and not 1 <= bits <= 16:
        raise _refused("bits", bits=bits)
    if ratio is None and bits is not None:
        ratio = 1 - bits / 16
    if ratio is not None and not 0 <= ratio <= 1:
        raise _refused("ratio", ratio=ratio)
    structure = structure or ("none" if bits is not None else "")
    if structure and structure not in STRUCTURES:
        raise _refused("structure", structure=structure, structures=", ".join(STRUCTURES))
    return {"method": method, "bits": bits, "ratio": ratio, "structure": structure}


def _paired(before: Task, after: Task) -> tuple[pd.DataFrame, set[str]]:
    """The questions of one task with both outcomes, and the metrics that lack some."""
    import pandas as pd

    for what, keys in _SAME.items():
        one, other = before.said(*keys), after.said(*keys)
        if one != other:
            raise _refused("other_settings", task=before.name, what=_(what), one=one, other=other)
    base, comp = samples(before), samples(after)
    for side, other, task, lacks in ((base, comp, before, after), (comp, base, after, before)):
        alone = [key for key in side if key not in other]
        if alone:
            first = side[alone[0]]
            raise _refused(
                "lacks_questions",
                file=task.file,
                line=first.line,
                other=lacks.file,
                question=alone[0][1],
                more=len(alone) - 1,
                all=len(side),
            )
    for key, sample in comp.items():
        for name, one, other in zip(HASHES, base[key].hashes, sample.hashes, strict=True):
            if one != other:
                raise _refused(
                    "other_questions",
                    file=after.file,
                    line=sample.line,
                    question=key[1],
                    name=name,
                    other=before.file,
                    first=base[key].line,
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


def _averaged(task: Task, samples: Samples) -> list[str]:
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
            raise _refused("other_mean", file=task.file, name=name, mean=mean, published=published)
    return kept


def _aggregation(task: Task, metric: str) -> str:
    for one in task.said("configs", "metric_list") or ():
        if isinstance(one, dict) and one.get("metric") == metric:
            return str(one.get("aggregation", ""))
    return ""


def _rows(task: Task, found: pd.DataFrame, side: str, lost: set[str]) -> Iterator[Json]:
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
                "dimension": field_of(task.name).dimension,
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
