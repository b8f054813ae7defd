"""An outcome as one JSON document: what was asked, the numbers, the items, where it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fairviz.probes.as_table import as_table

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.core.specs import ModelSpec
    from fairviz.models.pair import Pair
    from fairviz.probes.record import Items, Outcome, Probe


def document(
    which: Probe,
    asked: Items,
    outcome: Outcome,
    chosen: Mapping[str, Any],
    two: tuple[ModelSpec, ModelSpec],
    pair: Pair | None,
) -> dict[str, Any]:
    """Everything about a run, as plain JSON values; what is missing or not finite is null.

    Args:
        which: The probe.
        asked: Its items.
        outcome: What came out.
        chosen: Its settings.
        two: The baseline and the compressed model.
        pair: As loaded; None where the probe reads what others measured.
    """
    found = {
        "probe": which.name,
        "question": which.question,
        "cannot": which.cannot,
        "baseline": str(two[0]),
        "compressed": str(two[1]),
        "settings": dict(chosen),
        "items": {
            "source": asked.source,
            "n": len(asked.rows),
            "content": asked.content,
            "warts": dict(asked.warts),
            "left_out": [one._asdict() for one in asked.left_out],
        },
        "measure": outcome.measure,
        "neutral": outcome.neutral,
        "sentences": list(outcome.sentences),
        "groups": _records(outcome.groups),
        "rows": _records(outcome.items),
        "details": {key: _records(one) for key, one in outcome.details.items()},
        "table": _records(as_table(outcome, which, *two)),
    }
    if pair is not None:
        from fairviz.models.provenance import provenance

        found["provenance"] = provenance(pair)
    return {key: _plain(value) for key, value in found.items()}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): _plain(value) for key, value in row.items()}
        for row in frame.astype("object").to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    import pandas as pd

    return None if pd.isna(value) else str(value)
