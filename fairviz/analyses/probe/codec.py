"""A probe's run on disk: `probe.json` (request, words, provenance, schema), one Parquet a table.

Sentences are English, each with its message and values, so that every reader is told in the
language of the page.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from fairviz.analyses.base import Codec, head, header
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.core import stored
from fairviz.core.skips import Skip
from fairviz.i18n import said as kept
from fairviz.probes.record import Outcome

# Of what is written. Outcomes of 1 tell no independent units and may claim more than theirs
# allow: they open, and whoever asks again measures anew.
SCHEMA, _KNOWN = 2, (1, 2)
_TABLES = ("items", "groups", "metrics")
# A column of the items: `Outcome.order`.
_ORDER = "fairviz_order"


def _write(folder: Path, run: ProbeResult) -> None:
    outcome = run.outcome
    document = header(
        SCHEMA,
        run,
        measure=kept.document(outcome.measure),
        neutral=None if outcome.neutral != outcome.neutral else outcome.neutral,
        sentences=[kept.document(sentence) for sentence in outcome.sentences],
        details=list(outcome.details),
        warts={what: int(often) for what, often in run.warts.items()},
        left_out=[skip.document() for skip in run.left_out],
    )
    for name in _TABLES:
        table = getattr(outcome, name)
        if name == "items" and outcome.order is not None:
            table = table.assign(**{_ORDER: outcome.order})
        table.to_parquet(folder / f"{name}.parquet", index=False)
    for number, table in enumerate(outcome.details.values()):
        table.to_parquet(folder / f"detail-{number}.parquet", index=False)
    stored.write(folder / "probe.json", document)


def _read(folder: Path) -> ProbeResult:
    said = stored.document(folder / "probe.json", *_KNOWN)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
    details = {
        name: pd.read_parquet(folder / f"detail-{number}.parquet")
        for number, name in enumerate(said["details"])
    }
    neutral, items = said["neutral"], tables["items"]
    order = items.pop(_ORDER).to_numpy(dtype="int64") if _ORDER in items else None
    return ProbeResult(
        request=ProbeRequest.from_document(said["asked"]),
        outcome=Outcome(
            measure=kept.read(said["measure"]),
            neutral=float("nan") if neutral is None else float(neutral),
            sentences=tuple(kept.read(one) for one in said["sentences"]),
            details=details,
            order=order,
            **tables,
        ),
        warts=said["warts"],
        left_out=tuple(Skip.from_document(one) for one in said["left_out"]),
        provenance=said["provenance"],
    )


CODEC = Codec(
    folder="probes",
    schema=SCHEMA,
    result=ProbeResult,
    needed="probe.json",
    files=re.compile(r"probe\.json|(?:items|groups|metrics|detail-\d{1,3})\.parquet"),
    write=_write,
    read=_read,
    head=head("probe.json", ProbeRequest, *_KNOWN),
)
