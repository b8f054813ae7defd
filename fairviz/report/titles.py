"""What a run calls itself in a list of parts: what was asked, and of which two models."""

from __future__ import annotations

from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.words import called
from fairviz.analyses.probe.request import ProbeResult
from fairviz.analyses.reading.request import Reading
from fairviz.analyses.review.record import Review
from fairviz.analyses.tables.request import VIEWS
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import METRICS
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _, speaking
from fairviz.metrics.traces import Comparison
from fairviz.probes import headings
from fairviz.probes.registry import PROBES

_LONGEST = 90


def title(answer: object) -> str:
    """One line for a loaded run; what models and people wrote stays as it is written."""
    with speaking("en"):  # it is kept
        return _title(answer)


def shown(kind: str, title: str) -> str:
    """A kept title in the current language: what fairviz itself calls sets, probes and views.

    Args:
        kind: A key of `record.KINDS`.
        title: What `title` gave when the run was added.
    """
    words = title.split(" · ")
    if kind == "audit":
        words[0] = called(words[0])
    if kind == "probe" and len(words) > 2 and words[0] in PROBES:
        words[:2] = [_(PROBES[words[0]].title), headings.called(words[1])]
    if kind == "tables":
        words = [_of_a_view(one) for one in words]
    return " · ".join(words)


def _of_a_view(word: str) -> str:
    known = [metric.title for metric in METRICS] + list(labels.BENCHMARKS.values())
    return _(VIEWS.get(word, word)) if word in VIEWS or word in known else labels.word(word)


def _title(answer: object) -> str:
    match answer:
        case Comparison():
            asked = answer.question
            return _two(f"“{_short(asked.prompt)}”", asked.baseline, asked.compressed)
        case Reading():
            read = answer.request
            return _two(f"“{_short(read.texts[0])}”", read.baseline, read.compressed)
        case Audit():
            return _two(
                _short(answer.request.source), answer.request.baseline, answer.request.compressed
            )
        case ProbeResult():
            asked_of = answer.request
            name = f"{asked_of.probe} · {_short(asked_of.source)}"
            return _two(name, asked_of.baseline, asked_of.compressed)
        case TableView():
            return _of_tables(answer)
        case Review():
            return _short(answer.title)
    raise TypeError(f"{type(answer).__name__} is no run")


def _of_tables(view: TableView) -> str:
    ask = view.request
    if ask.view == "items":
        return " · ".join([*(source.title for source in view.sources.values()), ask.view])
    what = (labels.benchmark(ask.benchmark), ask.metric.title, labels.word(ask.axis))
    return " · ".join(_short(one) for one in (*what, labels.word(ask.group), ask.view) if one)


def _two(what: str, baseline: ModelSpec, compressed: ModelSpec) -> str:
    return f"{what} · {_short(str(baseline))} → {_short(str(compressed))}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
