"""The runs that reports show: where each lies, how it is loaded, what it is called and shows."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.analyses import forms
from fairviz.analyses.audit.request import called
from fairviz.analyses.presentation import Facts, Presentation, Table
from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.analyses.store import Store
from fairviz.analyses.tables.view import VIEWS, TableView, view
from fairviz.benchmarks import labels, store
from fairviz.benchmarks.metrics import METRICS
from fairviz.core.disk import cache_root
from fairviz.core.errors import FairvizError
from fairviz.core.shortened import shortened
from fairviz.core.stored import readable
from fairviz.i18n import _, speaking
from fairviz.probes.labels import called as of_probe
from fairviz.probes.registry import PROBES
from fairviz.report.record import KINDS, Part, Report

_LONGEST = 90
# Kinds of which several forms of one baseline stand in one table -> what was asked of the models.
_OF_FORMS: dict[str, Callable[[Any], str]] = {
    "comparison": lambda asked: f"“{shortened(asked.prompt, _LONGEST)}”",
    "reading": lambda asked: (
        f"“{shortened(asked.texts[0], _LONGEST)}”" if asked.texts else str(asked.name)
    ),
    "audit": lambda asked: shortened(asked.source, _LONGEST),
    "probe": lambda asked: f"{asked.probe} · {shortened(asked.source, _LONGEST)}",
    "attribution": lambda asked: ANALYSES["attribution"].title,
    "served": lambda asked: f"“{shortened(asked.text, _LONGEST)}”",
}


class Place(NamedTuple):
    """Where a kind of run lies on disk; see `Codec`."""

    folder: str
    run: re.Pattern[str]
    files: re.Pattern[str]


PLACES = {
    **{
        kind: Place(codec.folder, codec.run, codec.files)
        for kind in (*HASHED, "review")
        for codec in (ANALYSES[kind].codec,)
    },
    # The sources that a table view reads from.
    "tables": Place(
        "benchmarks",
        re.compile(r"\w[\w-]{0,127}"),
        re.compile(r"source\.json|(?:canonical|items)\.parquet"),
    ),
}


def load(part: Part) -> object | None:
    """What a part shows, from the cache; None where it is not there or is damaged.

    Raises:
        FairvizError: If it is a table view of what the tables do not have.
    """
    if part.kind == "tables":
        return view(part.key)
    return stored(part.kind, part.key, cache_root()) if part.kind in PLACES else None


def stored(kind: str, key: str, root: Path) -> object | None:
    """A run, or a source of tables, under a cache folder; None if it is not there or damaged."""
    if kind == "tables":
        return store.source_in(root / PLACES[kind].folder / key)
    found: object | None = Store(root).load(kind, key)
    return found


def folders(part: Part, answer: object) -> Iterator[tuple[str, Path]]:
    """Every folder that a part's answer is read from, with its place in a cache."""
    kind = PLACES[part.kind]
    if not isinstance(answer, TableView):
        yield f"{kind.folder}/{part.key}", Store().place(part.kind, part.key)
        return
    known = {source.name: folder for source, folder in store.sources()}
    for name in answer.sources:
        if kind.run.fullmatch(name):
            yield f"{kind.folder}/{name}", known[name]


def files(kind: str, folder: Path) -> dict[str, Path]:
    """The files of a run that a bundle takes along, by their path in its folder."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    wanted = PLACES[kind].files
    return {name: path for name, path in found.items() if wanted.fullmatch(name) and path.is_file()}


def title(kind: str, answer: Any) -> str:
    """One line for a loaded run, in English, as it is kept; what models and people wrote stays."""
    with speaking("en"):
        if kind == "tables":
            return _of_tables(answer)
        if kind == "review":
            return shortened(answer.title, _LONGEST)
        asked = answer.request
        if kind not in _OF_FORMS:
            return ANALYSES[kind].label(asked)
        two = (shortened(str(one), _LONGEST) for one in (asked.baseline, asked.compressed))
        return f"{_OF_FORMS[kind](asked)} · {' → '.join(two)}"


def _of_tables(view: TableView) -> str:
    ask = view.request
    if ask.view == "items":
        return " · ".join([*(source.title for source in view.sources.values()), ask.view])
    what = (labels.benchmark(ask.benchmark), ask.metric.title, labels.word(ask.axis))
    words = (*what, labels.word(ask.group), ask.view)
    return " · ".join(shortened(word, _LONGEST) for word in words if word)


def shown(part: Part) -> str:
    """A part's title in the current language: what fairviz itself calls sets, probes and views."""
    if part.title.startswith("“"):
        text, _rest, models = part.title[1:].rpartition("”")
        return _("“{text}”", text=text) + models
    words = part.title.split(" · ")
    if part.kind == "audit":
        words[0] = called(words[0])
    if part.kind == "probe" and len(words) > 2 and words[0] in PROBES:
        words[:2] = [_(PROBES[words[0]].title), of_probe(words[1])]
    if part.kind == "attribution":
        words[0] = _(words[0])
    if part.kind == "tables":
        known = {*VIEWS, *(metric.title for metric in METRICS), *labels.BENCHMARKS.values()}
        words = [_(VIEWS.get(word, word)) if word in known else labels.word(word) for word in words]
    return " · ".join(words)


_log = logging.getLogger(__name__)


def sections(
    report: Report, on_part: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Presentation, ...]:
    """What every part shows, in order and in the report's language."""
    shown: list[Presentation] = []
    with speaking(report.language):
        tables = _side_by_side(report.parts)
        for part in report.parts:
            made = section(part)
            if part.place in tables:
                made = replace(made, tables=(tables[part.place], *made.tables))
            shown.append(made)
            on_part(len(shown), len(report.parts))
    return tuple(shown)


def _side_by_side(parts: Sequence[Part]) -> dict[tuple[str, str], Table]:
    """Place of the first of several forms that were asked the same -> all of them in one table."""
    asked: dict[str, list[Part]] = {}
    for part in parts:
        if part.kind in _OF_FORMS:
            folder = Store().place(part.kind, part.key)
            for known in readable([folder], ANALYSES[part.kind].codec.head):
                asked.setdefault(forms.question(part.kind, known.request), []).append(part)
    tables = {}
    for first, *others in asked.values():
        try:
            results = tuple(filter(None, map(load, (first, *others)))) if others else ()
            if len(results) > 1:
                tables[first.place] = forms.side_by_side(forms.Forms(first.kind, results))
        except Exception:  # as in `section`
            _log.exception("the forms of %s %s cannot be shown", first.kind, first.key)
    return tables


def section(part: Part) -> Presentation:
    """What a part shows, in the current language; never a failure."""
    if part.kind == "text":
        return drawn(None, part)
    try:
        answer = load(part)
        if answer is None:
            return missing(part, _("It is not in the cache of this machine."))
        return drawn(answer, part)
    except FairvizError as error:
        return missing(part, error.message)
    except Exception as error:  # a run of a stranger may break what draws it; the others stay
        _log.exception("%s %s cannot be shown", part.kind, part.key)
        why = _("It is here but cannot be shown ({kind}).", kind=type(error).__name__)
        return missing(part, why)


def drawn(answer: object, part: Part) -> Presentation:
    """What a loaded run shows; whatever presenting it raises is raised."""
    if part.kind not in ANALYSES:  # its author's heading and note say everything
        return Presentation(kind=part.kind, title=part.title)
    made = ANALYSES[part.kind].present(answer, {**dict(part.options), "blur": part.blur})
    if not part.blur:
        return made
    # A title may quote the prompt, and a folded table the text, token by token.
    return replace(
        made,
        sensitive=True,
        title=_(KINDS[part.kind]),
        tables=tuple(replace(one, sensitive=one.sensitive or one.folded) for one in made.tables),
        figures=tuple(replace(one, sensitive=True) for one in made.figures),
    )


def missing(part: Part, why: str) -> Presentation:
    """The place of a run that is not here: what it was, why it is missing, how to have it."""
    known = (_("What it was"), shown(part)), (_("Key"), part.key)
    return Presentation(
        kind=part.kind,
        title=_(KINDS[part.kind]),
        question=tuple(row for row in known if row[1]),
        not_allowed=(why, _("Open the bundle that holds it."), _(ANALYSES[part.kind].again)),
        facts=Facts(missing=why),
    )
