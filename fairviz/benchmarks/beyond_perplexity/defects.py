"""What is wrong in the eight files, found by recomputing them. Nothing is repaired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairviz.benchmarks.beyond_perplexity.names import BBQ, SPLITS
from fairviz.benchmarks.beyond_perplexity.reading import Read

Mask = npt.NDArray[np.bool_]

# The files print ten digits; twice that rounding is still the same number.
_SAME = 1e-8
# A weighted mean that is further off than this is no rounding and no lost continuation.
_PERMUTED = 0.02
# Relative agreement of a weighted mean with the published one that proves the sizes.
_EXACT = 1e-6


# A second line of the same setting cannot be told from the first in these two.
_UNPROVED = ("bbq", "unqover")


def masks(read: Read, batches: set[str]) -> dict[str, Mask]:
    """Flag -> where it is, (rows, cells), True on the cells that have it.

    Args:
        batches: Base models whose lines are of two batches; see `two_batches`.
    """

    def mask(rows: Sequence[int] = (), columns: Sequence[int] = ()) -> Mask:
        out = np.zeros(read.values.shape, dtype=np.bool_)
        out[list(rows), :] = True
        out[:, list(columns)] = True
        return out

    file = read.file
    regard, again = read.at(metric="regard", level="aggregate"), read.at(metric="regard_ratio")
    twice = bool(again) and np.array_equal(read.values[:, again], read.values[:, regard])
    holes = np.isnan(read.values)
    early = file.benchmark == "advpromptset"
    degenerate = degenerate_categories(read)

    def of_degenerate(metric: str) -> list[int]:
        """A score of these categories, and its average over all ten."""
        found = [place for axis in degenerate for place in read.at(metric=metric, axis=axis)]
        return found + read.at(metric=metric, level="aggregate") if degenerate else []

    off = {
        int(row)
        for axis in degenerate
        for row in np.flatnonzero(np.abs(_off_constant(read, axis)) >= _SAME)
    }
    # Of a setting that has several lines, all but the last, and the last.
    last = {setting: row for row, setting in enumerate(read.settings)}
    earlier = [row for row, setting in enumerate(read.settings) if last[setting] != row]
    latest = [last[setting] for setting in {read.settings[row] for row in earlier}]
    proved = file.benchmark not in _UNPROVED
    mixed = [
        row
        for row, setting in enumerate(read.settings)
        if file.dimension == "degeneration" and setting.base_model in batches
    ]
    return {
        "rank_not_group": mask(columns=read.at(level="rank")),
        "accuracy_plus_constant": mask(columns=of_degenerate("s_ambiguous")),
        "tracks_unknown": mask(columns=of_degenerate("s_disambiguated")),
        "other_item_set": mask(sorted(off)),
        "permuted_groups": permuted_groups(read),
        "shifted_line": mask(np.flatnonzero(holes.any(axis=1)).tolist() if early else ()),
        "superseded": mask(earlier if proved else ()),
        "last_of_two": mask(latest if proved else ()),
        "one_of_two": mask(() if proved else [*earlier, *latest]),
        "two_batches": mask(mixed),
        "printed_twice": mask(columns=again if twice else ()),
        "not_measured": holes,
        "copied_cell": copied_cell(read),
    }


def degenerate_categories(read: Read) -> list[str]:
    """BBQ categories where the ambiguous bias score is accuracy plus one constant.

    The constant is the median difference; a category counts when at least nine lines in
    ten are on it.
    """
    found = []
    for axis in BBQ if read.file.benchmark == "bbq" else ():
        off = _off_constant(read, axis)
        if np.mean(np.abs(off) < _SAME) >= 0.9:
            found.append(axis)
    return found


def _off_constant(read: Read, axis: str) -> npt.NDArray[np.float64]:
    score = read.values[:, read.at(metric="s_ambiguous", axis=axis)[0]]
    accuracy = read.values[:, read.at(metric="acc_ambiguous", axis=axis)[0]]
    difference = score - accuracy
    return np.asarray(difference - np.median(difference))


def _weighted(
    read: Read, metric: str, levels: Sequence[str], counts: dict[str, int]
) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Positions of a metric's groups, and by how much their weighted mean is off, per row."""
    positions, weights = [], []
    for position, cell in enumerate(read.cells.values()):
        if cell.metric == metric and cell.level in levels:
            positions.append(position)
            weights.append(counts[cell.group or cell.axis])
    mean = read.values[:, read.at(metric=metric, level="aggregate")[0]]
    recomputed = read.values[:, positions] @ np.array(weights) / sum(weights)
    return positions, np.abs(recomputed - mean) / np.where(mean == 0, 1, np.abs(mean))


# Metrics whose published mean is the groups' weighted mean. Perplexities are not (they are
# averaged in another way), and shares above a threshold are printed for the mean only.
_AVERAGED = ("regard", "toxigen_score", "vader_score", "openai_toxicity")


def permuted_groups(read: Read) -> Mask:
    """Groups of a row whose weighted mean is more than 2 % off the published mean."""
    mask = np.zeros(read.values.shape, dtype=np.bool_)
    for levels, counts in SPLITS.get(read.file.benchmark, ()):
        for metric in _AVERAGED:
            if read.at(metric=metric):
                positions, off = _weighted(read, metric, levels, counts)
                rows = np.flatnonzero(off > _PERMUTED)
                mask[rows[:, None], positions] = True
    return mask


def items(read: Read) -> npt.NDArray[np.int64]:
    """Prompts behind each cell, (rows, cells); 0 where that is not known exactly.

    Known where the sizes reproduce the row's published mean, or, for a share of all
    prompts, where it is a whole number of them.
    """
    out = np.zeros(read.values.shape, dtype=np.int64)
    cells = list(read.cells.values())
    for levels, counts in SPLITS.get(read.file.benchmark, ()):
        total = sum(counts.values())
        for metric in _AVERAGED:
            if not read.at(metric=metric):
                continue
            positions, off = _weighted(read, metric, levels, counts)
            rows = np.flatnonzero(off < _EXACT)
            out[rows[:, None], positions] = [
                counts[cells[position].group or cells[position].axis] for position in positions
            ]
            out[rows, read.at(metric=metric, level="aggregate")[0]] = total
        for metric in ("toxigen_ratio", "openai_ratio", "vader_ratio"):
            for position in read.at(metric=metric, level="aggregate"):
                count = read.values[:, position] * total
                out[np.abs(count - np.round(count)) < 1e-4, position] = total
    return out


def two_batches(reads: Sequence[Read]) -> set[str]:
    """Base models where int8 moves HolisticBias regard by more than 0.02."""
    read = next(one for one in reads if one.file.benchmark == "holistic_bias")
    regard = read.values[:, read.at(metric="regard", level="aggregate")[0]]
    value = {
        (setting.base_model, setting.method): regard[row]
        for row, setting in enumerate(read.settings)
    }
    bases = {setting.base_model for setting in read.settings}
    return {base for base in bases if abs(value[base, "int8"] - value[base, "none"]) > 0.02}


def copied_cell(read: Read) -> Mask:
    """WikiText-2 of a quantized line that Dolma contradicts and another base model has too."""
    mask = np.zeros(read.values.shape, dtype=np.bool_)
    if read.file.benchmark != "perplexity":
        return mask
    wikitext, dolma = read.at(axis="wikitext2")[0], read.at(axis="dolma", level="aggregate")[0]
    row = {setting: number for number, setting in enumerate(read.settings)}
    for setting, number in row.items():
        if setting.bits is None:
            continue
        baseline = row[setting._replace(method="none", bits=None, ratio=0.0)]
        change = read.values[number] / read.values[baseline]
        elsewhere = [
            read.values[other, wikitext]
            for twin, other in row.items()
            if twin.base_model != setting.base_model and twin[1:] == setting[1:]
        ]
        far = change[wikitext] - change[dolma] > 0.1
        mask[number, wikitext] = far and read.values[number, wikitext] in elsewhere
    return mask
