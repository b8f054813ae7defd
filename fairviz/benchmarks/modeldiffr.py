"""modeldiffr's `report.json`: every metric of a pair of models, and its items under both.

`modeldiffr audit BASE DERIVATIVE --out FOLDER` writes it (schema 0.3, checked on a file of
0.9.3). A metric's `spec` says of which task's rows it is the mean, and of which field:
`items[TASK]` has the `base`'s and the `derivative`'s rows, each with an `id`, or the `pair`'s,
where a row has one number for both, as a KL divergence has. What is no mean over rows (a
calibration error) is taken without them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairviz.benchmarks.items import binary, items
from fairviz.benchmarks.lm_eval.importer import Compression, Imported, sides_of
from fairviz.benchmarks.schema import BadTable, tidy
from fairviz.core.declared import refusals_of
from fairviz.core.json_file import document
from fairviz.core.text_file import content_of
from fairviz.metrics.traces import BOTH
from fairviz.stats import wilson

Json = dict[str, Any]
REPORT = "report.json"
_refused = refusals_of(__file__, BadTable)
_SIDES = dict(zip(BOTH, ("base", "derivative"), strict=True))
_COLUMNS = ("task", "doc_id", "metric", "group", *BOTH)


def report_in(path: Path) -> Path | None:
    """modeldiffr's report, where a path names one or the folder that holds one."""
    file = path / REPORT if path.is_dir() else path
    return file if file.name == REPORT and file.is_file() else None


def read(file: Path, said: Compression) -> Imported:
    """A report as rows of a bias table, and its items.

    An interval is Wilson's at 95 %, of outcomes of 0 and 1 alone: modeldiffr's own intervals are
    of the change.

    Args:
        file: `report.json`.
        said: How the derivative was compressed, which the report does not say.

    Raises:
        BadTable: If it is none of modeldiffr's, of a schema before 0.3, if a field of a metric is
            missing or odd, or if its means and numbers are not those of its items.
    """
    import pandas as pd

    report = _report(file)
    names = [str(report[side].get("model_id") or "") for side in _SIDES.values()]
    sides = sides_of(said, *((name, {}) for name in names))
    rows: list[Json] = []
    outcomes = []
    for metric in report["metrics"]:
        found = pd.DataFrame(list(_items(file, report["items"], metric)), columns=_COLUMNS)
        outcomes.append(found)
        rows += [sides[side] | _row(file, metric, found, side) for side in BOTH]
    return Imported(tidy(pd.DataFrame(rows)), items(pd.concat(outcomes, ignore_index=True)))


def _report(file: Path) -> Json:
    found = document(content_of(file), file.name)
    parts = {"base": dict, "derivative": dict, "metrics": list, "items": dict}
    if (
        not isinstance(found, dict)
        or "modeldiffr_version" not in found
        or not all(isinstance(found.get(name), kind) for name, kind in parts.items())
    ):
        raise _refused("foreign", file=file)
    metrics = found["metrics"]
    if not metrics or not all(isinstance(one, dict) and "spec" in one for one in metrics):
        raise _refused("older", file=file, schema=str(found.get("schema_version")))
    for number, metric in enumerate(metrics, 1):
        _check(file, number, metric)
    return found


def _check(file: Path, number: int, metric: Json) -> None:
    """Refuses a metric by the first of its fields that is missing or not of its kind."""
    name, spec = metric.get("name"), metric["spec"]
    label = name if isinstance(name, str) and name else str(number)

    def check(holds: bool, field: str) -> None:
        if not holds:
            raise _refused("odd_field", file=file, metric=label, field=field)

    check(label is name, "name")
    check(_is_number(metric.get("n")) and metric["n"] >= 0 and metric["n"] % 1 == 0, "n")
    for side in _SIDES.values():
        check(_is_number(metric.get(f"{side}_mean")), f"{side}_mean")
    check(isinstance(metric.get("higher_is_better"), bool), "higher_is_better")
    check(isinstance(spec, dict), "spec")
    for field in ("task", "statistic", "test", *(("field",) if _of_items(spec) else ())):
        check(isinstance(spec.get(field), str) and bool(spec[field]), f"spec.{field}")


def _of_items(spec: Json) -> bool:
    return bool(spec.get("statistic") == "mean")


def _is_number(value: Any) -> bool:
    """Whether a JSON value is one that float64 holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _items(file: Path, blocks: Json, metric: Json) -> Iterator[tuple[object, ...]]:
    """The outcomes of a metric, item by item; none of one that is no mean over them."""
    spec = metric["spec"]
    if not _of_items(spec):
        return
    task, field = spec["task"], spec["field"]
    block, label = blocks.get(task, {}), metric["name"]
    try:
        if spec["test"] == "one_sample":
            after = [float(row[field]) for row in block["pair"]]
            before = [0.0] * len(after)
            known = [str(row["id"]) for row in block["pair"] if "id" in row]
        else:
            before, after = ([float(row[field]) for row in block[key]] for key in _SIDES.values())
            ids = [[str(row["id"]) for row in block[key]] for key in _SIDES.values()]
            if ids[0] != ids[1]:
                raise _refused("other_items", file=file, metric=label)
            known = ids[0]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        why = f"{type(error).__name__}: {error}"
        raise _refused("no_items", file=file, metric=label, why=why) from error
    twice = next((one for one, n in Counter(known).items() if n > 1), None)
    if twice is not None:
        raise _refused("twice", file=file, metric=label, id=twice)
    if len(after) != metric["n"]:
        raise _refused("other_n", file=file, metric=label, items=len(after), published=metric["n"])
    for name, values in (("base_mean", before), ("derivative_mean", after)):
        mean = math.fsum(values) / len(values) if values else math.nan
        if not math.isclose(mean, float(metric[name]), rel_tol=1e-9, abs_tol=1e-12):
            raise _refused(
                "other_mean", file=file, metric=label, mean=mean, published=float(metric[name])
            )
    for number, pair in enumerate(zip(before, after, strict=True)):
        yield task, number, label, "", *pair


def _row(file: Path, metric: Json, found: Any, side: str) -> Json:
    share = bool(len(found)) and binary(found)
    low = high = math.nan
    if share:
        low, high = (float(end) for end in wilson(found[side].sum(), len(found)))
    one_sample = metric["spec"]["test"] == "one_sample"
    return {
        "dimension": "other",
        "benchmark": metric["spec"]["task"],
        "metric": metric["name"],
        "axis": "",
        "level": "aggregate",
        "n": int(metric["n"]),
        "value": float(metric[f"{_SIDES[side]}_mean"]),
        "low": low,
        "high": high,
        "unit": "nats" if one_sample else "share" if share else "",
        "worse": "lower" if metric["higher_is_better"] else "higher",
        "flags": "",
        "file": file.name,
        "column": f"{_SIDES[side]}_mean",
    }
