"""Reports of plain numbers in a cache folder, for tests that need no model."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import audits
import outcomes
from comparisons import comparison, pair_trace

from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.store import Store
from fairviz.analyses.store import Store as Runs
from fairviz.analyses.tables.view import view
from fairviz.core.specs import ModelSpec
from fairviz.report import runs
from fairviz.report.record import Part, Report
from fairviz.report.runs import title

KEYS = {"comparison": "c0ffee", "reading": "dead10", "audit": "bead20", "probe": "feed30"}
TABLES = "view=groups&dimension=representation"


def reading() -> Reading:
    """One text of four tokens under both models."""
    two = ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4")
    provenance = {**outcomes.PROVENANCE, "device": "cpu", "dtype": "float32"}
    traces = (pair_trace([" un", " chat", " dort", "."]),)
    return Reading(ReadingRequest(*two, ("Le chat dort.",)), (("Le",),), traces, {}, provenance)


@cache
def _kept() -> Path:
    """A folder with a comparison, a reading, an audit and a probe, made once a process."""
    root = Path(mkdtemp())
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    Store(root).save("comparison", KEYS["comparison"], comparison())
    Store(root).save("reading", KEYS["reading"], reading())
    audit = audits.audit(audits.prompts_table(), "prompts")
    Runs(root).begin("audit", KEYS["audit"], audit.request).finish(audit)
    Store(root).save("probe", KEYS["probe"], outcomes.run())
    return root


def keep(root: Path) -> None:
    """A comparison, a reading, an audit and a probe in a cache."""
    shutil.copytree(_kept(), root, dirs_exist_ok=True)


def parts() -> tuple[Part, ...]:
    """These four and a view of the tables, as they lie in the cache of `FAIRVIZ_CACHE`."""
    places = [*KEYS.items(), ("tables", view(TABLES).address)]
    return tuple(Part(*one, title(one[0], runs.load(Part(*one)))) for one in places)


def report(name: str = "nurses") -> Report:
    """All of them in one report."""
    return Report(name, "Nurses & <b>judges</b>", "en", parts())
