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
from typing import NamedTuple

from fairviz import __version__
from fairviz.analyses.probe.anew import anew
from fairviz.analyses.probe.request import ProbeResult
from fairviz.core.errors import FairvizError, Unreadable
from fairviz.i18n import _, ngettext
from fairviz.report import runs
from fairviz.report.bundle import unpack
from fairviz.report.checks import whole
from fairviz.report.html.page import SEAL, page, seal_of
from fairviz.report.record import BadReport, Part, Report
from fairviz.report.zip_reading import BadBundle

_ZIP = b"PK\x03\x04"
_VERSION = re.compile(r'<meta name="generator" content="fairviz ([^"]{1,40})">')
_RECORD = '<script type="application/json" id="report">'
# Differences that are told of an item, and lines from the first on that are looked at for them.
_TOLD, _MOST_LINES = 5, 400
# Signs "<" without one ">" between them, of which a page of ours has a few and a parser tires.
_MOST_OPEN = 2000
_SILENT = ("script", "style")


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
    if content[:4] == _ZIP:
        yield from _of_bundle(content, on_part)
        return
    text = content.decode("utf-8", errors="replace")
    version = _VERSION.search(text[:5000])
    if version is None:
        raise Unreadable(
            _("This is neither a report nor a bundle."),
            fix=_("Name an HTML file or a .fairviz.zip that fairviz wrote."),
        )
    ours = version[1] == __version__
    yield _sealed(text, ours)
    try:
        report, made = _record(text)
    except (BadReport, ValueError, RecursionError):
        told = _("It does not say what it was made of: an older fairviz wrote it.")
        yield (
            Check(False, _("Its list of runs is missing or damaged."))
            if ours
            else Check(None, told)
        )
        return
    if not ours:
        told = _(
            "Another version of fairviz wrote it: words, style and scripts cannot be compared."
        )
        yield Check(None, told)
    if not bundle:
        yield from _compared(text, report, made, ours, on_part)
        return
    for check in _of_bundle(bundle, on_part):
        yield check
        if check.holds is False:
            return
    with _opened(bundle) as packed:
        same = (packed.title, packed.language, packed.parts)
        if same != (report.title, report.language, report.parts):
            yield Check(False, _("The bundle holds another report: other parts, titles or notes."))
        yield from _compared(text, report, made, ours, on_part)


def _sealed(text: str, ours: bool) -> Check:
    found = SEAL.search(text)
    if found is None:
        told = _("The file has no seal: an older fairviz wrote it.")
        return Check(False, _("The file has lost its seal.")) if ours else Check(None, told)
    if seal_of(text) != found["seal"]:
        return Check(False, _("The seal is broken: the file is not what fairviz wrote."))
    return Check(True, _("The seal holds: nothing was changed since it was sealed."))


def _record(text: str) -> tuple[Report, datetime]:
    start = text.find(_RECORD)
    end = text.find("</script>", start)
    written = re.search(r'<time datetime="([^"]{1,60})">', text)
    if start < 0 or end < 0 or written is None:
        raise ValueError
    document = json.loads(text[start + len(_RECORD) : end])
    return Report.from_document(document), datetime.fromisoformat(written[1])


def _compared(
    text: str, report: Report, made: datetime, ours: bool, on_part: Callable[[int, int], None]
) -> Iterator[Check]:
    """Each item as it stands in the file against what its run shows now, and the whole file."""
    again = page(report, runs.sections(report, on_part), made=made)
    if max(part.count("<") for part in text.split(">")) > _MOST_OPEN:
        yield Check(False, _("The file is no page that fairviz writes."))
        return
    now = _items(again)
    was = now if text == again else _items(text)
    away = 0
    for place, part in enumerate(report.parts, 1):
        name = _("Item {n}, {title}", n=place, title=part.heading or part.title or part.kind)
        if part.kind == "text":
            yield Check(None, _("{name}: its author’s words, which nothing measured.", name=name))
        elif runs.load(part) is None:
            away += 1
            yield Check(None, _("{name}: its run is not here; name its bundle.", name=name))
        else:
            yield _item(name, was.get(f"item-{place}", []), now.get(f"item-{place}", []))
    if away:
        yield Check(None, _("What was found, the limits and the rest of the file: not compared."))
    elif ours and _plain(text) == _plain(again):
        yield Check(True, _("The rest of the file, to the last sign."))
    elif ours:
        yield Check(False, _("The file differs, at “{was}”.", was=_first_difference(text, again)))
    else:
        for what, title in (("findings", _("What was found")), ("limits", _("Limits"))):
            yield _item(title, was.get(what, []), now.get(what, []))


def _plain(text: str) -> str:
    return SEAL.sub("", text, count=1)


def _first_difference(text: str, again: str) -> str:
    """Some signs from where the first differs from the second."""
    text, again = _plain(text), _plain(again)
    low, high = 0, min(len(text), len(again))
    while low < high:  # the longest common beginning, by halves
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text[:middle] == again[:middle] else (low, middle - 1)
    return " ".join(text[max(0, low - 40) : low + 80].split())


def _item(name: str, was: Sequence[str], now: Sequence[str]) -> Check:
    """Whether an item's lines are those that its run gives."""
    if was == now:
        numbers = sum(len(re.findall(r"\d[\d.,\u202f\u00a0]*", line)) for line in now)
        same = ngettext(
            "{name}: {n:,} number is as its run gives it.",
            "{name}: all {n:,} numbers are as its run gives them.",
            numbers,
            name=name,
        )
        return Check(True, same)
    start = next(
        (at for at, two in enumerate(zip(was, now, strict=False)) if two[0] != two[1]),
        min(len(was), len(now)),
    )
    was, now = was[start : start + _MOST_LINES], now[start : start + _MOST_LINES]
    changes = [
        _("“{was}” where its run gives “{now}”", was=" ".join(was[a:b]), now=" ".join(now[c:d]))
        for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return Check(False, f"{name}: {'; '.join(one[:400] for one in changes[:_TOLD])}")


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
                self.found.setdefault(name, [])
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


def _of_bundle(content: bytes, on_part: Callable[[int, int], None]) -> Iterator[Check]:
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
        for done, part in enumerate(report.parts):
            on_part(done, len(report.parts))
            if part.kind in runs.PLACES:
                yield _run(part)


def _run(part: Part) -> Check:
    """Whether a run opens, and what is shown of it comes from its rows."""
    name = part.heading or part.title or f"{part.kind} {part.key}"
    try:
        found = runs.load(part)
        if found is None:
            return Check(None, _("{name}: its run is not in the bundle.", name=name))
        if isinstance(found, ProbeResult):
            return _probe(name, found)
        runs.drawn(found, part)
    except FairvizError as error:
        return Check(False, f"{name}: {error.message}")
    told = _("{name}: everything that it shows is computed anew from its rows.", name=name)
    return Check(True, told)


def _probe(name: str, result: ProbeResult) -> Check:
    """A probe's tables and sentences are kept beside its items, and computed anew from these."""
    try:
        found = anew(result)
    except FairvizError as error:
        why = _("{name}: its numbers are kept, not computed anew: {why}", name=name, why=error)
        return Check(None, why)
    except Exception as error:  # whatever tables that nobody here wrote lead to
        why = f"{type(error).__name__}: {error}"
        told = _("{name}: nothing can be computed from its items ({why}).", name=name, why=why)
        return Check(False, told)
    if found is None:
        return Check(None, _("{name}: its numbers are kept, not computed anew.", name=name))
    if found.differs:
        return Check(False, f"{name}: {found.differs}.")
    told = ngettext(
        "{name}: {n:,} number is computed anew from its items, and is as it is kept.",
        "{name}: {n:,} numbers are computed anew from its items, and are as they are kept.",
        found.numbers,
        name=name,
    )
    if found.tables:
        told += " " + _("Kept, and not computed: {tables}.", tables=", ".join(found.tables))
    if found.kept:
        told += " " + ngettext(
            "So is {n} of its {of} sentences.",
            "So are {n} of its {of} sentences.",
            found.kept,
            of=found.kept + found.sentences,
        )
    return Check(True, told)
