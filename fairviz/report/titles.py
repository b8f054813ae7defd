"""What a run calls itself in a list of parts: what was asked, and of which two models."""

from __future__ import annotations

from fairviz.analyses.audit.request import AuditRequest
from fairviz.analyses.audit.words import called
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.probe.request import ProbeRequest
from fairviz.analyses.reading.request import ReadingRequest
from fairviz.analyses.review.request import Review
from fairviz.analyses.tables.request import VIEWS
from fairviz.analyses.tables.view import TableView
from fairviz.analyses.tradeoff.request import Tradeoff, label
from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import METRICS
from fairviz.i18n import _, speaking
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


def of(kind: str, request: object) -> str:
    """One line for what was asked, in the current language.

    Args:
        kind: A key of `record.KINDS` whose runs are kept under the hash of their request.
        request: As the store lists it.
    """
    with speaking("en"):
        kept = _of_request(request)
    return shown(kind, kept)


def _title(answer: object) -> str:
    match answer:
        case TableView():
            return _of_tables(answer)
        case Tradeoff():
            return label(answer.request)
        case Review():
            return _short(answer.title)
    return _of_request(getattr(answer, "request", answer))


def _of_request(request: object) -> str:
    match request:
        case ComparisonRequest():
            what = f"“{_short(request.prompt)}”"
        case ReadingRequest():
            what = f"“{_short(request.texts[0])}”"
        case AuditRequest():
            what = _short(request.source)
        case ProbeRequest():
            what = f"{request.probe} · {_short(request.source)}"
        case _:
            raise TypeError(f"{type(request).__name__} is no request")
    return f"{what} · {_short(str(request.baseline))} → {_short(str(request.compressed))}"


def _of_tables(view: TableView) -> str:
    ask = view.request
    if ask.view == "items":
        return " · ".join([*(source.title for source in view.sources.values()), ask.view])
    what = (labels.benchmark(ask.benchmark), ask.metric.title, labels.word(ask.axis))
    return " · ".join(_short(one) for one in (*what, labels.word(ask.group), ask.view) if one)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
