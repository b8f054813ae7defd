"""One item of a report as HTML, in the order in which a reviewer doubts it."""

from __future__ import annotations

from fairviz.analyses.estimates import table_of
from fairviz.analyses.presentation import Presentation, Table, Warned
from fairviz.i18n import _, ngettext
from fairviz.report.html.markup import escaped, listed, pairs
from fairviz.report.html.notes import note
from fairviz.report.html.plots import plot
from fairviz.report.html.tables import cards, section_table
from fairviz.report.html.texts import texts
from fairviz.report.record import KINDS, Part


def name(part: Part, section: Presentation) -> str:
    """What the item is called: by its author, else by itself."""
    return part.heading.strip() or section.title.strip() or _(KINDS[part.kind])


def veiled(section: Presentation) -> bool:
    """Whether a part of it is blurred until asked for."""
    return section.sensitive or any(one.sensitive for one in section.tables)


def item(part: Part, section: Presentation, number: int) -> str:
    """The whole item.

    Args:
        part: Its heading and note.
        section: What it shows.
        number: Its place in the report, from 1.
    """
    inside = "" if section.kind == "text" else _shown(section, number)
    pair = " → ".join(one for one in section.facts.pair if one)
    kind = f"{number} · {_(KINDS[part.kind])}" + (f" · {pair}" if pair else "")
    written = note(part.note)
    return (
        f'<section class="item slide" id="item-{number}" data-kind="{section.kind}" '
        f'aria-labelledby="heading-{number}"><p class="kind" dir="auto">{escaped(kind)}</p>'
        f'<h2 id="heading-{number}" tabindex="-1" dir="auto">{escaped(name(part, section))}</h2>'
        + (f'<div class="remark" dir="auto">{written}</div>' if written else "")
        + f"{inside}</section>"
    )


def _shown(section: Presentation, number: int) -> str:
    if section.facts.missing:
        head = escaped(_("This item could not be shown"))
        return (
            f'<div class="missing"><h3>{head}</h3>{listed(section.not_allowed)}</div>'
            f"{pairs(section.question)}"
        )
    hidden = _("Prompt") if section.sensitive else ""
    drawn = "".join(
        plot(one, f"plot-{number}-{place}") for place, one in enumerate(section.figures, 1)
    )
    return "".join(
        (
            _heading(_("What was asked"), pairs(section.question, hidden), "question"),
            _reveal(number) if veiled(section) else "",
            _heading(_("The texts"), texts(section.texts, veiled=section.sensitive)),
            _heading(_("What the numbers allow to say"), listed(section.allowed, "allowed")),
            f'<div class="figures">{drawn}</div>' if drawn else "",
            '<div class="detail">',
            _heading(_("In numbers"), "".join(map(section_table, _tables(section)))),
            _heading(
                _("What they do not allow, and how to read them"), listed(section.not_allowed)
            ),
            _heading(_("What is known against these numbers"), _flags(section.flags)),
            _heading(
                _("The two models, as loaded"),
                cards(section.identities) if any(one.rows for one in section.identities) else "",
            ),
            _heading(_("Where it comes from"), pairs(section.provenance)),
            _heading(_("To repeat it"), _command(section)),
            "</div>",
        )
    )


def _tables(section: Presentation) -> tuple[Table, ...]:
    if not section.numbers:
        return section.tables
    return (
        Table(_("The set in numbers"), table_of(section.numbers), folded=False),
        *section.tables,
    )


def _heading(title: str, inside: str, name: str = "") -> str:
    if not inside:
        return ""
    return f'<div class="block {name}"><h3>{escaped(title)}</h3>{inside}</div>'


def _reveal(number: int) -> str:
    """What shows the blurred texts of an item; it works without scripts too."""
    return (
        f'<p class="reveal"><input type="checkbox" id="show-{number}">'
        f'<label for="show-{number}">{escaped(_("Show the texts of this item"))}</label>'
        f" <span>{escaped(_('They repeat stereotypes and can hurt.'))}</span></p>"
        f'<p class="unprinted">{escaped(_("The texts of this item were not shown when printed."))}'
        "</p>"
    )


def _flags(found: tuple[Warned, ...]) -> str:
    weights = {
        "bars": _("no finding"), "caution": _("caution"), "note": _("note"),
    }  # fmt: skip
    lines = "".join(
        f'<li><b class="flag {escaped(one.weight)}">⚑ {escaped(weights[one.weight])}</b> '
        f"<b>{escaped(one.title)}</b> ({escaped(_where(one))}). {escaped(one.meaning)}</li>"
        for one in found
    )
    return f'<ul class="flags">{lines}</ul>' if lines else ""


def _where(one: Warned) -> str:
    shown = ngettext("{n:,} number shown", "{n:,} numbers shown", one.shown) if one.shown else ""
    hidden = (
        ngettext("{n:,} number hidden", "{n:,} numbers hidden", one.hidden) if one.hidden else ""
    )
    return ", ".join(word for word in (shown, hidden) if word)


def _command(section: Presentation) -> str:
    if not section.command:
        return ""
    said = f'<p class="legend">{escaped(section.command_note)}</p>' if section.command_note else ""
    typed = any(one.prompt and one.prompt in section.command for one in section.texts)
    hidden = " veiled" if section.sensitive and typed else ""
    return (
        f'<pre class="command{hidden}" tabindex="0"><code>{escaped(section.command)}</code></pre>'
        f"{said}"
    )
