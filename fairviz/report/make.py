"""A report of stored runs by their keys, as they are typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from fairviz.analyses.presentation import Presentation, Table
from fairviz.analyses.store import Store
from fairviz.analyses.tables.view import TableView
from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.report import runs
from fairviz.report.record import KINDS, Part, Report, checked
from fairviz.report.runs import sections
from fairviz.report.shelf import Reports


class NoSuchRun(FairvizError):
    """A key that nothing on this machine has."""


def made(
    keys: Iterable[str],
    *,
    opened: Report | None = None,
    title: str = "",
    note: str = "",
    name: str = "",
    language: str = "",
) -> Report:
    """The report that is asked for; kept where it has a name.

    Args:
        opened: What they are added to, in place of a stored or a new one.
        note: Markdown that stands first in it.
        name: It is kept under; one that is there already gets the keys too.

    Raises:
        NoSuchRun: If this machine has no such run or report.
    """
    keys, shelf = tuple(keys), Reports()
    known = shelf.load(checked(name)) if name else None
    if name and known is None and not (keys or opened):
        raise NoSuchRun(
            _("There is no report {name!r} here.", name=name),
            fix=_("Name one that exists, or add the KEY of a run."),
        )
    parts = [part(key) for key in keys]  # before anything is kept
    report = known or Report(name or "report", title or "Report", language or "en")
    if opened is not None:
        report = replace(opened, name=name) if name and known is None else opened
    if title:
        report = replace(report, title=title)
    if language:
        report = replace(report, language=language)
    if note:
        report = report.without(("text", "note")).with_part(Part("text", "note", note=note), 0)
    for one in parts:
        report = report.with_part(one)
    if name:
        shelf.save(report)
    return report


def part(key: str) -> Part:
    """The part of a key; `tables:ADDRESS` and `review:NAME` are keys too.

    Raises:
        NoSuchRun: If this machine has no such run.
    """
    kind, colon, word = key.partition(":")
    if not colon or kind not in ("tables", "review"):
        kind, word = Store().kind_of(key), key
    answer = runs.load(Part(kind, word)) if kind and word else None
    if answer is None:
        raise NoSuchRun(
            _("No run on this machine has the key {key!r}.", key=key),
            fix=_(
                "Take the key from the address of its page (run=, reading=, audit=, outcome=, "
                "parts=, tradeoff=, evenness=, served=), or write tables:ADDRESS or review:NAME."
            ),
        )
    word = answer.address if isinstance(answer, TableView) else word
    return Part(kind, word, runs.title(kind, answer))


def present(report: Report) -> Presentation:
    """What all parts of a report say together."""
    found = sections(report)
    contents = pd.DataFrame(
        [
            (one.heading or shown.title, _(KINDS[one.kind]))
            for one, shown in zip(report.parts, found, strict=True)
        ],
        columns=[_("Title"), _("Kind")],
    )
    return Presentation(
        kind="text",
        title=report.title,
        tables=(Table(_("Contents"), contents, folded=False),),
        allowed=tuple(sentence for shown in found for sentence in shown.allowed),
        not_allowed=tuple(
            dict.fromkeys(sentence for shown in found for sentence in shown.not_allowed)
        ),
    )
