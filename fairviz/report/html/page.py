"""The whole file: nothing is fetched, and no script runs but the two that it names by hash."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from fairviz import __version__
from fairviz.analyses.identity import when
from fairviz.analyses.presentation import Presentation
from fairviz.i18n import _, current, ngettext
from fairviz.report.html.item import item, name, veiled
from fairviz.report.html.markup import embedded, escaped, listed
from fairviz.report.limits import limits
from fairviz.report.record import Report

_HERE = Path(__file__).parent


def page(report: Report, sections: Sequence[Presentation], *, made: datetime) -> str:
    """The report as one HTML file, in the current language.

    Args:
        report: Title, headings and notes.
        sections: What each of its parts shows, in their order.
        made: When.

    Raises:
        ValueError: If there are not as many sections as parts.
    """
    both = list(zip(report.parts, sections, strict=True))
    items = "".join(item(part, one, place) for place, (part, one) in enumerate(both, 1))
    drawn = any(one.figures for one in sections)
    scripts = [*([_plotly()] if drawn else []), *_own()]
    names = [name(part, one) for part, one in both]
    return (
        f'<!DOCTYPE html><html lang="{current()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f'<meta name="generator" content="fairviz {escaped(__version__)}">'
        f"<title>{escaped(report.title)}</title><style>{_file('report.css')}</style></head><body>"
        f'<a class="skip" href="#content">{escaped(_("Skip to the content"))}</a>'
        f"{_cover(report, sections, names, made)}"
        f'<main id="content">{items}{_limits(sections)}{_made(made)}</main>'
        f"{_bar()}"
        f'<script type="application/json" id="words">{embedded(_words())}</script>'
        + "".join(f"<script>{one}</script>" for one in scripts)
        + "</body></html>\n"
    )


def _cover(
    report: Report, sections: Sequence[Presentation], names: Sequence[str], made: datetime
) -> str:
    listing = "".join(
        f'<li><a href="#item-{place}" dir="auto">{escaped(one)}</a></li>'
        for place, one in enumerate(names, 1)
    )
    hidden = any(map(veiled, sections))
    show_all = (
        '<p class="reveal"><input type="checkbox" id="show-all">'
        f'<label for="show-all">{escaped(_("Show all blurred texts"))}</label> '
        f"<span>{escaped(_('They repeat stereotypes and can hurt.'))}</span></p>"
        if hidden
        else ""
    )
    read = _(
        "Blue with circles is the baseline, orange with diamonds the compressed model. A shift is "
        "compressed minus baseline, in natural logarithms (nats) where it is one. Below each item "
        "stand what its numbers allow and what they do not, where they come from, and the command "
        "that repeats it."
    )
    return (
        '<header class="cover slide" id="top"><p class="kind">fairviz</p>'
        f'<h1 tabindex="-1" dir="auto">{escaped(report.title)}</h1>'
        f'<p class="date"><time datetime="{made.isoformat()}">'
        f"{escaped(when(made.isoformat()))}</time> · "
        f"{escaped(ngettext('{n} item', '{n} items', len(report.parts)))}</p>"
        f'<p class="lead">{escaped(read)}</p>'
        f'<nav aria-label="{escaped(_("Contents"))}"><h2>{escaped(_("Contents"))}</h2>'
        f"<ol>{listing}</ol><ul>"
        f'<li><a href="#limits">{escaped(_("Limits"))}</a></li>'
        f'<li><a href="#made">{escaped(_("How it was made"))}</a></li></ul></nav>'
        f'{show_all}<p class="tools"><button type="button" data-do="present">'
        f"{escaped(_('Present'))}</button> "
        f'<button type="button" data-do="unfold">{escaped(_("Open all tables"))}</button></p>'
        f"<noscript><p>{escaped(_unscripted())}</p></noscript></header>"
    )


def _unscripted() -> str:
    return _("Without JavaScript the figures are not drawn; their numbers stand in tables.")


def _limits(sections: Sequence[Presentation]) -> str:
    found = limits(sections)
    inside = listed(found) or f"<p>{escaped(_('Nothing was measured in this report.'))}</p>"
    return (
        f'<section class="slide" id="limits" aria-labelledby="limits-heading">'
        f'<h2 id="limits-heading" tabindex="-1">{escaped(_("Limits"))}</h2>'
        f"<p>{escaped(_('Written from what this report holds.'))}</p>{inside}</section>"
    )


def _made(made: datetime) -> str:
    said = _(
        "Written by fairviz {version} on {when}. The file holds everything it shows: it fetches "
        "nothing, and a content security policy lets no script run but its own. What a model or a "
        "table said is repeated by its command; the report's bundle (.fairviz.zip) opens every "
        "item again on the pages of fairviz, without a model.",
        version=__version__,
        when=when(made.isoformat()),
    )
    drawn = _("Figures are drawn by plotly.js (MIT licence).")
    return (
        '<section id="made" aria-labelledby="made-heading">'
        f'<h2 id="made-heading">{escaped(_("How it was made"))}</h2>'
        f"<p>{escaped(said)} {escaped(drawn)}</p></section>"
    )


def _bar() -> str:
    """What steers a presentation; hidden until there is one."""
    keys = _("Arrow keys or space: turn. P: pause the text. Esc: leave.")
    return (
        f'<nav class="bar" aria-label="{escaped(_("Presentation"))}" hidden>'
        f'<button type="button" data-do="back">{escaped(_("Previous"))}</button>'
        '<output class="position"></output>'
        f'<button type="button" data-do="next">{escaped(_("Next"))}</button>'
        f'<button type="button" data-do="replay">{escaped(_("Replay the text"))}</button>'
        f'<button type="button" data-do="leave">{escaped(_("Leave"))}</button>'
        f'<span class="keys">{escaped(keys)}</span></nav>'
    )


def _words() -> dict[str, str]:
    """What the scripts say, in the report's language."""
    return {
        "replay": _("Replay the text"),
        "pause": _("Pause the text"),
        "resume": _("Go on with the text"),
        "fold": _("Close all tables"),
        "unfold": _("Open all tables"),
    }


def _policy(scripts: Sequence[str]) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(one.encode()).digest()).decode()}'" for one in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _own() -> list[str]:
    return [_file("report.js"), _file("present.js")]


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
