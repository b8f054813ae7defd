"""Every kind of run: what is declared of each in `registry.toml`."""

from __future__ import annotations

from fairviz.analyses.base import Analysis
from fairviz.core.declared import records

ANALYSES = {one.kind: one for one in records(Analysis, __file__, "analysis")}
HASHED = tuple(kind for kind, analysis in ANALYSES.items() if analysis.hashed)
