"""A probe's run as one JSON document: what was asked, the numbers, the items, where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.analyses.probe.as_table import as_table
from fairviz.analyses.probe.request import ProbeResult
from fairviz.core.json_file import plain
from fairviz.probes.registry import probe_of

if TYPE_CHECKING:
    import pandas as pd


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
