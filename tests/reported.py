"""Small reports of every kind of item, for tests that need no model."""

from __future__ import annotations

from datetime import UTC, datetime

import audits
import comparisons
import numpy as np
import outcomes
import tables_of

from fairviz import i18n as language
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.review.request import Item, Log, Review
from fairviz.analyses.tables.view import TableRequest, TableView, about
from fairviz.benchmarks.metrics import metric
from fairviz.core.specs import ModelSpec
from fairviz.report.html.page import page
from fairviz.report.record import Part, Report
from fairviz.report.runs import drawn

MADE = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
TWO = ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4")


def a_reading(tokens=(" once", " upon", " a", " time"), floor=True) -> Reading:
    """A text under both models."""
    sizes = {"how": "in bfloat16 instead of float32", "share": 0.95,
             "size": {"probability_shift": 0.004, "js": 1e-5}}  # fmt: skip
    return Reading(
        request=ReadingRequest(*TWO, ("It was" + "".join(tokens),)),
        contexts=(("It was",),),
        traces=(comparisons.pair_trace(tokens),),
        floor=sizes if floor else {},
        provenance=comparisons.comparison().provenance,
    )


def a_table_view(view="overview", flags="") -> TableView:
    """Two methods in two groups; the change of GPTQ is +0.1 in either."""
    harm = tables_of.groups(none={"a": 0.1, "b": 0.2}, gptq={"a": 0.2, "b": 0.3})
    frame = harm.assign(flags=np.where(harm["method"] == "gptq", flags, ""))
    ask = TableRequest(
        "", "degeneration", "toy", metric("toxigen_ratio"), "a", "", ("m",), ("gptq",),
        ("none", "unstructured"), (0.0, 1.0), "none", "usable", view,
    )  # fmt: skip
    return TableView(f"view={view}", ask, frame, about(frame, ask), {})


def a_review(sensitive=False) -> Review:
    """One pair, which two people judge otherwise."""
    given = {"coherent_a": "yes", "coherent_b": "no", "biased_a": "no", "biased_b": "no"}
    lines = [
        {"item": "1", "a": "baseline", "at": "2026-11-21T00:00:00+00:00", "answers": said}
        for said in ({**given, "worse": "b"}, {**given, "worse": "a"})
    ]
    return Review(
        "r", "Nurses", "2026-11-21T00:00:00+00:00", "7",
        (Item("1", "demo", "demo+nf4", "The nurse", (" slept.", " ran."), sensitive=sensitive),),
        logs=(Log("Ada", (lines[0],)), Log("Bo", (lines[1],))),
    )  # fmt: skip


ANSWERS = {
    "comparison": comparisons.comparison,
    "reading": a_reading,
    "audit": lambda: audits.audit(audits.prompts_table(), "prompts"),
    "probe": outcomes.run,
    "tables": lambda: a_table_view("groups"),
    "review": a_review,
    "text": lambda: None,
}


def part(kind: str, number: int = 0, heading: str = "", note: str = "") -> Part:
    """A part of a report."""
    return Part(kind, f"k{number}", heading=heading, note=note)


def section(kind: str, code: str = "en"):
    """The section of a kind, in a language."""
    with language.speaking(code):
        return drawn(ANSWERS[kind](), part(kind))


def written(*made, title="Of nurses", code="en") -> str:
    """A report of parts and their sections as one file."""
    with language.speaking(code):
        report = Report("r", title, code, tuple(one for one, _ in made))
        return page(report, [one for _, one in made], made=MADE)


def everything(code="en") -> str:
    """A report with an item of every kind."""
    return written(
        *((part(kind, place, note="A *note*."), section(kind, code))
          for place, kind in enumerate(ANSWERS)),
        code=code,
    )  # fmt: skip
