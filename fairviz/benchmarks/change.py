"""Compressed minus reference, cell by cell, with the flags of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.schema import CELL, joined
from fairviz.i18n import N_

if TYPE_CHECKING:
    import pandas as pd

# What a change can be taken from.
REFERENCES = {"none": N_("the baseline"), "int8": "LLM.int8()"}


def changes(frame: pd.DataFrame, reference: str = "none") -> pd.DataFrame:
    """Every cell that is not the reference's own, with its change from the reference.

    Args:
        frame: A bias table.
        reference: The method whose line is subtracted: `none` or `int8`. With `int8` the
            baseline's own line is left out as well: it is no compressed form.

    Returns:
        The rows with `reference` (its value), `reference_n`, `change` (NaN where the
        reference was not measured), `relative` (change over reference), and `flags` of
        both cells.
    """
    import numpy as np

    keys = [*CELL, "base_model"]
    at = frame[frame["method"] == reference].drop_duplicates(keys, keep="last")
    at = at[[*keys, "value", "n", "flags"]].rename(
        columns={"value": "reference", "n": "reference_n", "flags": "reference_flags"}
    )
    rows = frame[~frame["method"].isin(["none", reference])]
    out = rows.merge(at, on=keys, how="left")
    out["change"] = out["value"] - out["reference"]
    out["relative"] = out["change"] / out["reference"].where(out["reference"] != 0, np.nan)
    pairs = list(
        zip(out["flags"].astype(str), out["reference_flags"].astype("object"), strict=True)
    )
    known = {
        pair: joined(",".join(str(one) for one in pair if one == one).split(","))
        for pair in set(pairs)
    }
    out["flags"] = [known[pair] for pair in pairs]
    return out.drop(columns="reference_flags")
