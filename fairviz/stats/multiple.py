"""Several tests at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Holm's adjusted p-values, by statsmodels.

    Assumes nothing about how the tests depend on each other. An adjusted p below a level
    keeps the chance of any false finding among all of them below that level.

    Args:
        p_values: (N,) p-values; NaN is no test and stays NaN.

    Returns:
        (N,) adjusted p-values, at most 1.
    """
    from statsmodels.stats.multitest import multipletests

    p = np.asarray(p_values, dtype=np.float64)
    out = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        out[tested] = multipletests(p[tested], method="holm")[1]
    return out
