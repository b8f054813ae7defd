"""A corner of one layer of the bundled model before and after every method, as shipped.

`python -m fairviz.models.pictures` makes the file anew, which takes the methods' packages.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.core.home import SHIPPED

Floats = npt.NDArray[np.float64]

FILE = SHIPPED / "methods" / "weights.npz"
_SIDE = 32
_BINS = 61
_LAYER = "transformer.h.0.mlp.dense_h_to_4h"


class Picture(NamedTuple):
    """Weights before and after."""

    form: str  # the method with its settings
    before: Floats  # (32, 32) weights of the baseline
    after: Floats  # (32, 32) the same place after compression
    counts_before: Floats  # (61,) how often each value occurs in the whole layer
    counts_after: Floats  # (61,) likewise
    edges: Floats  # (62,) of the bins
    layer: str = _LAYER
    model: str = "demo"


def pictures() -> dict[str, Picture]:
    """Method -> its picture; empty where the file is missing."""
    try:
        with np.load(FILE, allow_pickle=False) as stored:
            forms = json.loads(str(stored["forms"]))
            before, counts, edges = stored["before"], stored["counts_before"], stored["edges"]
            return {
                method: Picture(
                    form,
                    before,
                    stored[f"after_{method}"],
                    counts,
                    stored[f"counts_{method}"],
                    edges,
                )
                for method, form in forms.items()
            }
    except (OSError, ValueError, KeyError):
        return {}


def draw() -> None:
    """Compress the bundled model with the usual form of every method and keep the weights."""
    from fairviz.compression.registry import METHODS
    from fairviz.core.specs import ModelSpec
    from fairviz.models.pair import load_pair

    forms = {
        method.name: (method.forms or (method.name,))[0]
        for method in METHODS.values()
        # A whole layer that is gone has no weights to show, and Fair-GPTQ evens other layers.
        if method.name != "none" and method.family != "structured pruning" and not method.paired
    }
    kept: dict[str, Any] = {"forms": json.dumps(forms)}
    for method, form in forms.items():
        pair = load_pair(ModelSpec("demo"), ModelSpec.parse(f"demo+{form}"), device="cpu")
        before, after = _weights(pair.baseline.model), _weights(pair.compressed.model)
        edges = np.linspace(-abs(before).max(), abs(before).max(), _BINS + 1)
        kept |= {
            "before": before[:_SIDE, :_SIDE],
            "edges": edges,
            "counts_before": np.histogram(before, edges)[0].astype(float),
            f"after_{method}": after[:_SIDE, :_SIDE],
            f"counts_{method}": np.histogram(after, edges)[0].astype(float),
        }
    FILE.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(FILE, **kept)


def _weights(model: Any) -> Floats:
    """(rows, columns) of the layer as the model computes with them: its answer to unit inputs."""
    import torch

    layer = model.get_submodule(_LAYER)
    with torch.inference_mode():
        unit = torch.eye(layer.in_features, device=model.device)
        found = layer(unit) - layer(torch.zeros_like(unit))
    return np.asarray(found.T.cpu(), dtype=np.float64)


if __name__ == "__main__":
    draw()
