"""From a report's parts to what each shows; a run that is not here says so and how to have it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from fairviz.analyses.presentation import Facts, Presentation
from fairviz.analyses.registry import ANALYSES
from fairviz.core.errors import FairvizError
from fairviz.i18n import _, speaking
from fairviz.report import runs
from fairviz.report.record import KINDS, Part, Report

_log = logging.getLogger(__name__)


def sections(
    report: Report, on_part: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Presentation, ...]:
    """What every part shows, in order and in the report's language."""
    shown = []
    with speaking(report.language):
        for part in report.parts:
            shown.append(section(part))
            on_part(len(shown), len(report.parts))
    return tuple(shown)


def section(part: Part) -> Presentation:
    """What a part shows, in the current language; never a failure."""
    if part.kind == "text":
        return drawn(None, part)
    try:
        answer = runs.load(part)
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
    known = (_("What it was"), runs.shown(part)), (_("Key"), part.key)
    return Presentation(
        kind=part.kind,
        title=_(KINDS[part.kind]),
        question=tuple(row for row in known if row[1]),
        not_allowed=(why, _("Open the bundle that holds it."), _(ANALYSES[part.kind].again)),
        facts=Facts(missing=why),
    )
