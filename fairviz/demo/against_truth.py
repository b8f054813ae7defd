"""Every form of the demo against its planted truth: `python -m fairviz.demo.against_truth`."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.core.specs import ModelSpec
from fairviz.demo.drift import ALL, Drift, drifts
from fairviz.demo.recovered import NEW_TOKENS, SAMPLES, Recovered, recovered

BASELINE = "demo"
FORMS = ("demo+int8", "demo+nf4", "demo+magnitude:0.5", "demo+magnitude:0.6", "demo-student")
_PROBES = ("minimal_pairs", "counterfactual", "samples")


class AgainstTruth(NamedTuple):
    """One compressed form beside the baseline: every planted share, and the drift."""

    cells: list[Recovered]
    drifts: list[Drift]


def measured(forms: Sequence[str] = FORMS, *, seed: int = 0) -> dict[str, AgainstTruth]:
    """Each compressed form, by its name.

    Raises:
        FairvizError: If a form cannot be made or loaded.
    """
    from fairviz.models.pair import load_pair

    found = {}
    for form in forms:
        pair = load_pair(ModelSpec.parse(BASELINE), ModelSpec.parse(form), device="cpu")
        cells = recovered(pair, lambda step: None, seed=seed)
        found[form] = AgainstTruth(cells, drifts(cells))
    return found


def document(found: Mapping[str, AgainstTruth], seed: int) -> dict[str, Any]:
    """All of it as JSON values; NaN is null, probabilities have six digits."""
    return {
        "baseline": BASELINE,
        "samples": SAMPLES,
        "new_tokens": NEW_TOKENS,
        "seed": seed,
        "columns": list(Recovered._fields),
        "forms": {
            form: {
                "drift": [_plain(one) for one in said.drifts],
                # As lists in the order of these names: there are a thousand of them.
                "cells": [list(_plain(one).values()) for one in said.cells],
            }
            for form, said in found.items()
        },
    }


def read(path: Path) -> dict[str, AgainstTruth]:
    """What `document` wrote, read again."""
    forms = json.loads(path.read_text(encoding="utf-8"))["forms"]
    return {
        form: AgainstTruth(
            [Recovered(*map(_number, one)) for one in said["cells"]],
            [Drift(**{name: _number(one) for name, one in row.items()}) for row in said["drift"]],
        )
        for form, said in forms.items()
    }


def _plain(row: Recovered | Drift) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    for name, value in fields.items():
        if isinstance(value, float):
            fields[name] = round(float(value), 6) if math.isfinite(value) else None
    return fields


def _number(value: Any) -> Any:
    return math.nan if value is None else value


def table(found: Mapping[str, AgainstTruth]) -> str:
    """The documents' table, one row a model; distances and changes in probability."""
    rows = [
        "| model | minimal pairs: mean, largest | counterfactuals: mean (95 %), largest "
        "| change of that mean (95 %) | stereotype (95 %) | sampled rates that hold |",
        "|---|---|---|---|---|---|",
    ]
    whole = [
        (form, {one.probe: one for one in said.drifts if (one.language, one.kind) == (ALL, ALL)})
        for form, said in found.items()
    ]
    # Every form was measured beside the same baseline; the first says what that is.
    pairs, swaps, sampled = (whole[0][1][name] for name in _PROBES)
    rows.append(
        f"| {BASELINE} | {pairs.baseline:.3f}, {pairs.baseline_largest:.3f} "
        f"| {swaps.baseline:.3f} ({swaps.baseline_low:.3f} to {swaps.baseline_high:.3f}), "
        f"{swaps.baseline_largest:.3f} | | | {sampled.baseline_inside:.0%} |"
    )
    for form, own in whole:
        pairs, swaps, sampled = (own[name] for name in _PROBES)
        rows.append(
            f"| {form} | {pairs.compressed:.3f}, {pairs.compressed_largest:.3f} "
            f"| {swaps.compressed:.3f} ({swaps.compressed_low:.3f} to "
            f"{swaps.compressed_high:.3f}), {swaps.compressed_largest:.3f} "
            f"| {_signed(swaps.change, swaps.low, swaps.high)} "
            f"| {_signed(swaps.exaggerated, swaps.exaggerated_low, swaps.exaggerated_high)} "
            f"| {sampled.compressed_inside:.0%} |"
        )
    return "\n".join(rows)


def _signed(value: float, low: float, high: float) -> str:
    # Adding 0 takes the sign from a rounded -0.
    value, low, high = (round(one, 4) + 0.0 for one in (value, low, high))
    return f"{value:+.4f} ({low:+.4f} to {high:+.4f})"


def main() -> None:
    """The command line: the table on the standard output, all of it to a file where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the samples' noise")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    options = parser.parse_args()
    found = measured(seed=options.seed)
    print(table(found))
    if options.json:
        text = json.dumps(document(found, options.seed), ensure_ascii=False, allow_nan=False)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
