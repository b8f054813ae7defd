"""A probe on its items: what `analyses.runner` measures and keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fairviz import __version__
from fairviz.analyses.probe.null import with_null
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.analyses.runner import Measuring
from fairviz.models.pair import Pair
from fairviz.probes.record import Items
from fairviz.probes.registry import probe_of


def measure(request: ProbeRequest, items: Items, settings: Mapping[str, Any]) -> Measuring:
    """What measures a probe.

    Args:
        items: What the request names by its hash.
        settings: Those of the request, files among them as bytes and name.
    """

    def measuring(
        pair: Pair | None, opened: None, on_step: Callable[[Any], None]
    ) -> Iterator[ProbeResult]:
        used = None if pair is None else pair.in_batches(request.batch_rows).in_chat(request.chat)
        outcome = probe_of(request.probe).measure(used, items, on_step, settings)
        if used is not None:
            known = used.provenance()
        else:  # it read what others measured
            now = datetime.now(UTC).isoformat(timespec="seconds")
            known = {"versions": {"fairviz": __version__}, "date": now}
        result = ProbeResult(request, outcome, items.warts, items.left_out, known)
        yield result
        if request.null and used is not None:
            found = with_null(used, request, items, settings, outcome, on_step)
            yield replace(result, outcome=found)

    return measuring
