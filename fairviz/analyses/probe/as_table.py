"""An outcome as rows of the bias table, so that one's own numbers stand beside published ones."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.benchmarks.schema import joined, tidy
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.metrics.traces import BOTH
from fairviz.probes.record import Probe
from fairviz.probes.registry import probe_of

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.probe.request import ProbeResult

# Bits of a weight before compression, as the published ratios count them.
_WHOLE = 16
_OWN = "own"


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
    by_side: list[Setting] = [settings[side] for side in rows["side"]]
    rows["method"] = [one.method for one in by_side]
    rows["bits"] = [one.bits for one in by_side]
    rows["ratio"] = [one.ratio for one in by_side]
    rows["structure"] = [one.structure for one in by_side]
    rows["base_model"] = str(baseline.source)
    rows["source"] = _OWN
    rows["dimension"] = probe.dimension
    rows["benchmark"] = _benchmark(rows, probe)
    rows["raw_base_model"] = str(baseline)
    names = dict(zip(BOTH, map(str, (baseline, compressed)), strict=True))
    rows["raw_method"] = [names[side] for side in rows["side"]]
    if "flags" not in rows:
        rows["flags"] = joined(())
    return tidy(rows.drop(columns="side").reset_index(drop=True))


def setting(spec: ModelSpec) -> Setting:
    """What a model's name says of its compression; a ratio that it does not say is missing."""
    how = spec.compression
    if how.method == "none":
        return Setting("none", None, 0.0, "none")
    method = METHODS.get(how.method)
    if method is not None and method.family == "pruning":
        return _pruned(how.method, how.settings)
    bits = method.bits if method is not None else None
    if bits is None and how.settings and how.settings[0].isdigit():
        bits = int(how.settings[0])  # gptq:4
    return Setting(how.method, bits, None if bits is None else 1 - bits / _WHOLE, "none")


def _pruned(method: str, said: tuple[str, ...]) -> Setting:
    """`wanda:0.5` or `wanda:2:4`."""
    if len(said) == 2:
        kept, of = (int(one) for one in said)
        return Setting(method, None, 1 - kept / of, ":".join(said))
    return Setting(method, None, float(said[0]) if said else None, "unstructured")


def _benchmark(rows: pd.DataFrame, probe: Probe) -> Any:
    own = probe.benchmark or probe.name
    if "benchmark" not in rows:
        return own
    return [str(one) or own for one in rows["benchmark"]]
