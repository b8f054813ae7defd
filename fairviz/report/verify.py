"""Whether a report or a bundle is what was written, and its numbers those of its runs.

A report carries a seal, the SHA-256 of its whole text, so that a digit that was changed shows. Who
changes it on purpose can seal it anew; so what it shows is also made again from its runs, where
these are here or in a bundle, and compared line by line and figure by figure.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import islice
from typing import NamedTuple

from fairviz import __version__
from fairviz.analyses.probe.request import ProbeResult
from fairviz.core.errors import FairvizError, Unreadable
from fairviz.i18n import _, ngettext
from fairviz.report import runs
from fairviz.report.bundle import unpack
from fairviz.report.checks import whole
from fairviz.report.html.page import SEAL, page, seal_of
from fairviz.report.record import BadReport, Part, Report
from fairviz.report.zip_reading import BadBundle

_MOST_LINES = 5
_SILENT = ("script", "style", "head")


class Check(NamedTuple):
    """One thing that was looked at."""

    holds: bool | None  # None where it could not be looked at
    words: str  # what it is, and what was found


def verify(
    content: bytes, bundle: bytes = b"", on_part: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Check]:
    """What holds of a file that fairviz wrote, check by check.

    Args:
        content: A report's HTML file, or a bundle.
        bundle: The bundle of that report, whose runs stand for those of this cache.
        on_part: Told how many parts are compared, of how many.

    Raises:
        Unreadable: If it is neither.
    """
    if content[:4] == b"PK\x03\x04":
        yield from _of_bundle(content)
        return
    text = content.decode("utf-8", errors="replace")
    if "<html" not in text[:2000]:
        raise Unreadable(
            _("This is neither a report nor a bundle."),
            fix=_("Name an HTML file or a .fairviz.zip that fairviz wrote."),
        )
    yield _sealed(text)
    try:
        report, made = _record(text)
    except (BadReport, ValueError):
        yield Check(None, _("It does not say what it was made of: an older fairviz wrote it."))
        return
    if not bundle:
        yield from _compared(text, report, made, on_part)
        return
    with _opened(bundle):
        yield from _of_bundle(bundle)
        yield from _compared(text, report, made, on_part)


def _sealed(text: str) -> Check:
    found = SEAL.search(text)
    if found is None:
        return Check(None, _("The file has no seal: an older fairviz wrote it."))
    if seal_of(text) != found["seal"]:
        return Check(False, _("The seal is broken: the file is not what fairviz wrote."))
    return Check(True, _("The seal holds: the file is what fairviz wrote."))


def _record(text: str) -> tuple[Report, datetime]:
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', text, re.S)
    written = re.search(r'<time datetime="([^"]+)">', text)
    if found is None or written is None:
        raise ValueError
    return Report.from_document(json.loads(found[1])), datetime.fromisoformat(written[1])


def _compared(
    text: str, report: Report, made: datetime, on_part: Callable[[int, int], None]
) -> Iterator[Check]:
    """Each item as it stands in the file against what its run shows now."""
    again = page(report, runs.sections(report, on_part), made=made)
    was, now = _items(text), _items(again)
    version = re.search(r'<meta name="generator" content="fairviz ([^"]*)">', text)
    if version is None or version[1] != __version__:
        told = _("It was written by another version of fairviz: words may differ.")
        yield Check(None, told)
    for place, part in enumerate(report.parts, 1):
        name = _("Item {n}, {title}", n=place, title=part.heading or part.title or part.kind)
        if part.kind != "text" and runs.load(part) is None:
            yield Check(None, _("{name}: its run is not here; name its bundle.", name=name))
            continue
        yield _item(name, was.get(f"item-{place}", []), now.get(f"item-{place}", []))
    more = [one for one in was if one.startswith("item-") and one not in now]
    if more:
        yield Check(False, _("The file has items that its record does not list."))
    if all(part.kind == "text" or runs.load(part) is not None for part in report.parts):
        for name, title in (("findings", _("What was found")), ("limits", _("Limits"))):
            if was.get(name) != now.get(name):
                yield _item(title, was.get(name, []), now.get(name, []))


def _item(name: str, was: Sequence[str], now: Sequence[str]) -> Check:
    """Whether an item's lines are those that its run gives."""
    if was == now:
        numbers = sum(len(re.findall(r"\d[\d.,\u202f\u00a0]*", line)) for line in now)
        same = ngettext(
            "{name}: {n:,} number is that of its run.",
            "{name}: all {n:,} numbers are those of its run.",
            numbers,
            name=name,
        )
        return Check(True, same)
    changes = [
        _("“{was}” where its run gives “{now}”", was=" ".join(was[a:b]), now=" ".join(now[c:d]))
        for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    told = "; ".join(one[:400] for one in islice(changes, _MOST_LINES))
    return Check(False, f"{name}: {told}")


class _Lines(HTMLParser):
    """Element of an item -> its texts in order, and the data of its figures."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[str]] = {}
        self._at, self._depth, self._silent = "", 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            name = given.get("id") or ("findings" if given.get("class") == "findings" else "")
            if not self._at and re.fullmatch(r"item-\d+|findings|limits", name):
                self._at, self._depth = name, 0
                self.found[name] = []
            self._depth += bool(self._at)
        # A figure's data is text of the file too.
        self._silent = tag in _SILENT and given.get("type") != "application/json"

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag == "section" and self._at:
            self._depth -= 1
            if not self._depth:
                self._at = ""

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._at and words and not self._silent:
            self.found[self._at].append(words)


def _items(text: str) -> dict[str, list[str]]:
    parser = _Lines()
    parser.feed(text)
    parser.close()
    return parser.found


@contextmanager
def _opened(bundle: bytes) -> Iterator[Report]:
    """While a bundle stands for the cache."""
    before = os.environ.get("FAIRVIZ_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAIRVIZ_CACHE"] = folder
        try:
            yield unpack(io.BytesIO(bundle)).report
        finally:
            del os.environ["FAIRVIZ_CACHE"]
            if before is not None:
                os.environ["FAIRVIZ_CACHE"] = before


def _of_bundle(content: bytes) -> Iterator[Check]:
    try:
        listed, _entries = whole(io.BytesIO(content), lambda done, of: None)
    except BadBundle as error:
        yield Check(False, error.message)
        return
    yield Check(
        True,
        ngettext(
            "The bundle is whole: {n} file is what was put into it.",
            "The bundle is whole: all {n} files are what was put into it.",
            len(listed.files),
        ),
    )
    with _opened(content) as report:
        for part in report.parts:
            if part.kind in runs.PLACES:
                yield _run(part)


def _run(part: Part) -> Check:
    """Whether a run opens, its numbers are computed from its rows, and what it keeps fits them."""
    name = part.heading or part.title or f"{part.kind} {part.key}"
    try:
        found = runs.load(part)
        if found is None:
            return Check(None, _("{name}: its run is not in the bundle.", name=name))
        wrong = _misfit(found) if isinstance(found, ProbeResult) else ""
        shown = runs.drawn(found, part)
    except FairvizError as error:
        return Check(False, f"{name}: {error.message}")
    if wrong:
        return Check(False, f"{name}: {wrong}")
    told = _(
        "{name}: its {n} tables, numbers and figures are computed anew from its rows.",
        name=name,
        n=len(shown.tables) + len(shown.numbers) + len(shown.figures),
    )
    return Check(True, told)


def _misfit(result: ProbeResult) -> str:
    """What of a probe's kept groups does not fit its items; empty where all of it does."""
    items, groups = result.outcome.items, result.outcome.groups
    for row in groups.to_dict("records"):
        apart = row["compressed"] - row["baseline"] - row["difference"]
        if abs(apart) > 1e-6 * max(1.0, abs(row["difference"])):
            return _("{group}: the shift is not the difference of both models.", group=row["group"])
        if not (row["low"] <= row["difference"] <= row["high"]) and row["low"] == row["low"]:
            return _("{group}: the shift is outside its interval.", group=row["group"])
    if len(groups) and "flip" in items and groups["n"].iloc[0] == len(items):
        flips = int(items["flip"].sum())
        if "flips" in groups and int(groups["flips"].iloc[0]) != flips:
            return _("Its items flip {n} times, its groups say otherwise.", n=flips)
    return ""
