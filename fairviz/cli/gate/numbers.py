"""The numbers of a run that a gate can hold to a limit, by their names in files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.errors import BadSpec
from fairviz.i18n import speaking
from fairviz.stats import FEW_UNITS, Estimate, summary, wilson

if TYPE_CHECKING:
    from fairviz.analyses.audit.measured import Measured
    from fairviz.analyses.audit.request import Audit
    from fairviz.analyses.probe.request import ProbeResult
    from fairviz.analyses.reading.request import Reading

_LEVEL = 0.05


class Measure(NamedTuple):
    """A number with its 95 % interval, whose ends are NaN where it has none."""

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""


class Groups(NamedTuple):
    """The groups of a run that changed beyond chance, corrected for their number."""

    changed: tuple[str, ...] = ()
    of: int = 0  # how many were tested
    why: str = ""  # why none could be; else empty


def numbers(kind: str, result: Any) -> dict[str, Measure]:
    """Every number of a run.

    Raises:
        BadSpec: If runs of this kind have none that a gate reads.
    """
    if kind not in _NUMBERS:
        raise BadSpec(
            f"A gate reads no run of the kind {kind}.",
            fix=f"Name a run of {', '.join(_NUMBERS)}.",
        )
    with speaking("en"):
        return _NUMBERS[kind](result)


def groups(kind: str, result: Any) -> Groups:
    """The groups of a probe, by its tests, or of an audit, beside null models."""
    if kind not in ("probe", "audit"):
        return Groups(why=f"a {kind} has no groups")
    with speaking("en"):
        return _of_probe(result) if kind == "probe" else _of_audit(result)


def _listed(found: Iterable[Estimate | Measured]) -> dict[str, Measure]:
    return {one.name: Measure(one.value, one.low, one.high, one.unit) for one in found}


def _audit(result: Audit) -> dict[str, Measure]:
    from fairviz.analyses.audit.summary import summary

    listed = _listed(summary(result).measured)
    # What it is called where texts are read; and what is another most likely word or answer.
    also = {"mean_kl": "kl_mean", "flips": "top_changed"}
    return {**{new: listed[old] for new, old in also.items() if old in listed}, **listed}


def _reading(result: Reading) -> dict[str, Measure]:
    """Of one text; of several each has its own."""
    each = [_listed(summary(trace)) for trace in result.traces]
    if len(each) == 1:
        return each[0]
    return {f"{name}_{at}": one for at, text in enumerate(each, 1) for name, one in text.items()}


def _probe(result: ProbeResult) -> dict[str, Measure]:
    table = result.outcome.groups
    if not len(table):
        return {}
    whole = table.iloc[0]
    named = {"baseline": "baseline", "compressed": "compressed", "shift": "difference"}
    found = {}
    for new, old in named.items():
        start = "" if old == "difference" else f"{old}_"
        low, high = (float(whole.get(f"{start}{end}", math.nan)) for end in ("low", "high"))
        found[new] = Measure(float(whole[old]), low, high)
    if "flips" in whole:
        rate, units = float(whole["flips"] / whole["n"]), float(whole.get("units", whole["n"]))
        ends = wilson(rate * units, units)
        found["flips"] = Measure(rate, float(ends.low), float(ends.high), "share")
    return found


_NUMBERS: dict[str, Callable[[Any], dict[str, Measure]]] = {
    "audit": _audit,
    "probe": _probe,
    "reading": _reading,
    "comparison": lambda result: _listed(summary(result.on_baseline)),
}


def _of_probe(result: ProbeResult) -> Groups:
    table = result.outcome.groups.iloc[1:]
    if "p_holm" in table:
        table = table[table["p_holm"].notna()]
    if "p_holm" not in table or not len(table):
        return Groups(why="this probe has no groups that are tested")
    enough = table[table.get("units", table["n"]) >= FEW_UNITS]
    if not len(enough):
        return Groups(why=f"no group has {FEW_UNITS} independent items or more")
    moved = enough.loc[enough["p_holm"] < _LEVEL, "group"]
    return Groups(tuple(map(str, moved)), len(enough))


def _of_audit(result: Audit) -> Groups:
    from fairviz.analyses.audit.null import held
    from fairviz.stats.null_models import FEW_SEEDS, by_group

    found = result.null.get("found")
    if found is None or len(found.seeds) < FEW_SEEDS:
        return Groups(why="an audit tells it with null models: measure it with --null 20")
    shifts, _entropy, names = held(result)
    tested = by_group(shifts, found.equal_kl, names)
    if not tested:
        return Groups(why="no group has enough independent rows")
    moved = [name for name, one in tested.items() if one.p_value < _LEVEL]
    return Groups(tuple(moved), len(tested))
