"""An attribution on disk: `attribution.json` (request, parts, orders, rates, provenance),
`tokens.parquet` (KL and log-probability of each token) and `items.parquet` (each item), a column a
mixture.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairviz.analyses.attribution.request import Attribution, AttributionRequest, Seen
from fairviz.analyses.base import Codec, head, header
from fairviz.core import stored
from fairviz.core.json_file import plain
from fairviz.i18n import said as kept
from fairviz.inference.mixed import Unit

SCHEMA = 1
_FILE = "attribution.json"


def _write(folder: Path, found: Attribution) -> None:
    columns = {
        f"{what} {name}": getattr(one, what)
        for name, one in found.seen.items()
        for what in ("kl", "log_prob")
    }
    pq.write_table(pa.table({"token": found.tokens, **columns}), folder / "tokens.parquet")
    items = {name: one.items for name, one in found.seen.items()}
    pq.write_table(pa.table({"cluster": found.clusters, **items}), folder / "items.parquet")
    document = header(
        SCHEMA,
        found,
        units=[list(one) for one in found.units],
        orders={name: list(order) for name, order in found.orders.items()},
        rates={name: plain(one.rate) for name, one in found.seen.items()},
        measure=kept.document(found.measure),
        screened={name: dict(one) for name, one in found.screened.items()},
        forwards=found.forwards,
    )
    stored.write(folder / _FILE, document)


def _read(folder: Path) -> Attribution:
    said = stored.document(folder / _FILE, SCHEMA)
    tokens = pq.read_table(folder / "tokens.parquet")
    items = pq.read_table(folder / "items.parquet")
    seen = {
        name: Seen(
            tokens.column(f"kl {name}").to_numpy(),
            tokens.column(f"log_prob {name}").to_numpy(),
            items.column(name).to_numpy(),
            np.nan if rate is None else float(rate),
        )
        for name, rate in said["rates"].items()
    }
    return Attribution(
        request=AttributionRequest.from_document(said["asked"]),
        units=tuple(
            Unit(name, layer, tuple(modules), weights)
            for name, layer, modules, weights in said["units"]
        ),
        tokens=tuple(tokens.column("token").to_pylist()),
        clusters=tuple(items.column("cluster").to_pylist()),
        orders={name: tuple(order) for name, order in said["orders"].items()},
        seen=seen,
        measure=kept.read(said["measure"]),
        screened=said["screened"],
        forwards=said["forwards"],
        provenance=said["provenance"],
    )


CODEC = Codec(
    folder="attributions",
    schema=SCHEMA,
    result=Attribution,
    needed=_FILE,
    files=re.compile(r"attribution\.json|(?:tokens|items)\.parquet"),
    write=_write,
    read=_read,
    head=head(_FILE, AttributionRequest, SCHEMA),
)
