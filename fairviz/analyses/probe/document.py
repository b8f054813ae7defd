"""A probe's run for other programs: one JSON document, and rows of the bias table.

The rows let one's own numbers stand beside published ones.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, NamedTuple

import pandas as pd

from fairviz.analyses.probe.request import ProbeResult
from fairviz.benchmarks.schema import joined, tidy
from fairviz.compression.registry import METHODS
from fairviz.core.json_file import plain
from fairviz.core.specs import ModelSpec
from fairviz.metrics.traces import BOTH
from fairviz.probes.registry import probe_of

# Bits of a weight before compression, as the published ratios count them.
_WHOLE = 16


class Setting(NamedTuple):
    """How a model was compressed, in the words of the bias table."""

    method: str
    bits: int | None
    ratio: float | None
    structure: str


def as_table(result: ProbeResult) -> pd.DataFrame:
    """The outcome's metrics for both models, in every column of the bias table.

    A column `benchmark` of the metrics says what was measured on; without one it is the probe's
    benchmark, or its name. A compressed model that is a checkpoint of its own, with no method in
    its name, is called by its folder or by the name behind the last slash.

    Raises:
        BadTable: If the metrics have a column that the table does not.
    """
    baseline, compressed = result.request.baseline, result.request.compressed
    probe = probe_of(result.request.probe)
    settings = {"baseline": setting(baseline), "compressed": setting(compressed)}
    if compressed != baseline and settings["compressed"] == settings["baseline"]:
        name = PurePath(compressed.source).name
        settings["compressed"] = Setting(name, None, None, "")
    rows = result.outcome.metrics.copy()
    sides = list(rows.pop("side"))
    for name in Setting._fields:
        rows[name] = [getattr(settings[side], name) for side in sides]
    rows["base_model"] = str(baseline.source)
    rows["source"] = "own"
    rows["dimension"] = probe.dimension
    own = probe.benchmark or probe.name
    rows["benchmark"] = (
        [str(one) or own for one in rows["benchmark"]] if "benchmark" in rows else own
    )
    rows["raw_base_model"] = str(baseline)
    names = dict(zip(BOTH, map(str, (baseline, compressed)), strict=True))
    rows["raw_method"] = [names[side] for side in sides]
    if "flags" not in rows:
        rows["flags"] = joined(())
    return tidy(rows.reset_index(drop=True))


def setting(spec: ModelSpec) -> Setting:
    """What a model's name says of its compression; a ratio that it does not say is missing."""
    how = spec.compression
    if how.method == "none":
        return Setting("none", None, 0.0, "none")
    method = METHODS.get(how.method)
    said = how.settings
    if method is not None and method.family == "pruning":
        if len(said) == 2:  # wanda:2:4
            return Setting(how.method, None, 1 - int(said[0]) / int(said[1]), ":".join(said))
        return Setting(how.method, None, float(said[0]) if said else None, "unstructured")
    bits = method.bits if method is not None else None
    if bits is None and said and said[0].isdigit():
        bits = int(said[0])  # gptq:4
    return Setting(how.method, bits, None if bits is None else 1 - bits / _WHOLE, "none")


def document(result: ProbeResult) -> dict[str, Any]:
    """Everything as JSON values, in English; what is missing or not finite is null."""
    request, outcome, which = result.request, result.outcome, probe_of(result.request.probe)
    return {
        "probe": which.name,
        "question": which.question,
        "cannot": which.cannot,
        "baseline": str(request.baseline),
        "compressed": str(request.compressed),
        "settings": plain(request.settings),
        "items": {
            "source": request.source,
            "n": request.n,
            "content": request.content,
            "warts": plain(result.warts),
            "left_out": [skip._asdict() for skip in result.left_out],
        },
        "measure": str(outcome.measure),
        "neutral": plain(outcome.neutral),
        "sentences": list(map(str, outcome.sentences)),
        "groups": _records(outcome.groups),
        "rows": _records(outcome.items),
        "details": {name: _records(table) for name, table in outcome.details.items()},
        "table": _records(as_table(result)),
        "provenance": plain(result.provenance),
    }


def _records(table: pd.DataFrame) -> Any:
    return plain(table.astype("object").to_dict("records"))
