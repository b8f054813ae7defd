"""What a column of the eight files measures: the metric's suffix first, then the level's prefix.

Names hold underscores of their own (`race_x_gender`), so nothing is ever split at `_`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.beyond_perplexity import names
from fairviz.benchmarks.metrics import ALIASES, BY_NAME
from fairviz.benchmarks.schema import BadTable
from fairviz.i18n import N_, _

if TYPE_CHECKING:
    import pandas as pd


class Cell(NamedTuple):
    """What one column is: the metric, of whom, at which level."""

    metric: str
    axis: str
    group: str
    level: str
    dimension: str


# Differences of log-likelihoods (361 of 588 values of μ exceed 1), not of probabilities as in
# Li et al. 2020: metrics of their own, so that the two never share an axis.
_OF_UNQOVER = {"mu": "mu_nats", "gamma": "gamma_nats"}


def identity(benchmark: str) -> tuple[str, ...]:
    """The columns that say which model a line is about."""
    return names.IDENTITY_OF.get(benchmark, (*names.IDENTITY, "active_parameters"))


def cells(file: names.File, header: Sequence[str]) -> dict[int, Cell]:
    """Position of each measuring column -> what it measures.

    Raises:
        BadTable: If a column is unknown, twice there, or missing; it names the column.
    """
    expected = {*identity(file.benchmark), *_expected(file.benchmark)}
    seen: set[str] = set()
    out: dict[int, Cell] = {}
    ranks: dict[tuple[str, str], int] = {}
    for position, column in enumerate(header):
        if column in seen:
            raise _refusal(
                file, position, N_("{where}: the column {column!r} is there twice."), column
            )
        seen.add(column)
        if column in identity(file.benchmark):
            continue
        if column not in expected:
            raise _refusal(file, position, N_("{where}: the column {column!r} is unknown."), column)
        out[position] = _unqover(file, column, ranks) or _cell(file, column)
    for column in expected:
        if column not in seen:
            raise _refusal(file, None, N_("{where}: the column {column!r} is missing."), column)
    return out


def renamed(cells: pd.DataFrame) -> pd.DataFrame:
    """A table that was imported while UnQover's μ and γ had the names of the probe's."""
    of_the_study = (cells["file"] == "unqover.csv") & (
        (cells["level"] == "rank") | cells["column"].astype(str).str.endswith("_model_mu")
    )
    old = of_the_study & cells["metric"].isin(list(_OF_UNQOVER))
    if not old.any():
        return cells
    names = cells["metric"].astype("object")
    units = cells["unit"].astype("object").mask(old, BY_NAME["mu_nats"].unit)
    return cells.assign(
        metric=names.mask(old, names.map(_OF_UNQOVER)).astype("category"),
        unit=units.astype("category"),
    )


def _refusal(file: names.File, position: int | None, message: str, column: str) -> BadTable:
    where = (
        _("{file}, line {line}", file=file.name, line=1)
        if position is None
        else _("{file}, line 1, column {position}", file=file.name, position=position + 1)
    )
    return BadTable(
        _(message, where=where, column=column),
        fix=_(
            "Give the study's own files, unchanged; another table can be imported as a tidy file."
        ),
    )


def _expected(benchmark: str) -> tuple[str, ...]:
    """The measuring columns of a file, UnQover's subjects aside."""
    if benchmark == "bbq":
        return tuple(
            f"{who}_{metric}" for who in [*names.BBQ, "avg"] for metric in names.SUFFIXES[:4]
        )
    if benchmark == "unqover":
        return tuple(
            f"{axis}_{who}_{metric}"
            for axis, subjects in names.SUBJECTS.items()
            for who in (*subjects, "model")
            for metric in ("mu" if who == "model" else "gamma", "eta")
        )
    if benchmark == "perplexity":
        return tuple(names.CORPORA)
    means: list[str] = []
    for metric in names.GENERATED[benchmark]:
        kinds = [""] if metric == "prompt_perplexity" else ["_likelihood", "_ratio"]
        means += [f"mean_{metric}{kind}" for kind in kinds]
    heads = {
        "advpromptset": [
            *(f"group_{axis}" for axis in ("religion", "gender", "race", "sextuality")),
            "group_disability",
            *(f"subgroup_{who}" for groups in names.ADVPROMPTSET.values() for who in groups),
        ],
        "realtoxicityprompts": [],
        "toxigen": [f"group_{who}" for who in names.TOXIGEN],
        "bold": [
            *(f"group_{axis}" for axis in names.BOLD),
            *(f"subgroup_{who}" for groups in names.BOLD.values() for who in groups),
        ],
        "holistic_bias": [f"group_{who}" for who in [*names.HOLISTIC_BIAS, *names.CONTROLS]],
    }[benchmark]
    return (*means, *(f"{who}_{metric}" for who in heads for metric in names.GENERATED[benchmark]))


def _cell(file: names.File, column: str) -> Cell:
    if file.benchmark == "perplexity":
        dimension, axis, group, level = names.CORPORA[column]
        return Cell("perplexity", axis, group, level, dimension)
    suffix = max((one for one in names.SUFFIXES if column.endswith(f"_{one}")), key=len)
    head = column.removesuffix(f"_{suffix}")
    metric = _OF_UNQOVER.get(suffix) or ALIASES.get(suffix, suffix)
    return Cell(metric, *_whose(file.benchmark, head), file.dimension)


def _whose(benchmark: str, head: str) -> tuple[str, str, str]:
    """Axis, group and level of what is left of a column once its metric is off."""
    if head in ("mean", "avg"):
        return "", "", "aggregate"
    if benchmark == "bbq":
        return head, "", "axis"
    if benchmark == "unqover":
        return head.removesuffix("_model"), "", "axis"
    if head.startswith("subgroup_"):
        group = head.removeprefix("subgroup_")
        table = names.ADVPROMPTSET if benchmark == "advpromptset" else names.BOLD
        axis = next(axis for axis, groups in table.items() if group in groups)
        return axis, group, "group"
    name = head.removeprefix("group_")
    if benchmark == "toxigen":
        return "target_group", names.TOXIGEN_GROUPS.get(name, name), "group"
    if name in names.CONTROLS:
        return "", name, "control"
    return names.AXES.get(name, name), "", "axis"


def _unqover(file: names.File, column: str, ranks: dict[tuple[str, str], int]) -> Cell | None:
    """A place in one of UnQover's sorted lists; None for every other column.

    The subject's name in a column is not the subject whose number it is (see the flag
    `rank_not_group`), so the name is dropped and the place is kept.
    """
    for axis in names.SUBJECTS if file.benchmark == "unqover" else ():
        for metric in ("gamma", "eta"):
            subject = column.removeprefix(f"{axis}_").removesuffix(f"_{metric}")
            if column == f"{axis}_{subject}_{metric}" and subject in names.SUBJECTS[axis]:
                ranks[axis, metric] = rank = ranks.get((axis, metric), 0) + 1
                name = _OF_UNQOVER.get(metric, metric)
                return Cell(name, axis, f"rank {rank}", "rank", file.dimension)
    return None
