"""The whole file: nothing is fetched, and no script runs but the few that it names by hash."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz import __version__
from fairviz.analyses.estimates import table_of
from fairviz.analyses.identity import when
from fairviz.analyses.presentation import TRUST, Finding, Picture, Presentation, Table, cell
from fairviz.core.shortened import middle
from fairviz.core.templates import templates
from fairviz.i18n import _, current, signs, speaking
from fairviz.report.html.notes import note
from fairviz.report.limits import limits
from fairviz.report.record import KINDS, Part, Report

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template
    from markupsafe import Markup

_HERE = Path(__file__).parent
# Where a file says the SHA-256 of its text, taken with zeros in this place.
SEAL = re.compile(r'<meta name="fairviz-seal" content="(?P<seal>[0-9a-f]{64})">')


class Item(NamedTuple):
    """One item, as its template reads it."""

    section: Presentation
    kind: str  # what a reader calls it
    name: str  # by its author, else its own
    note: Markup
    veiled: bool  # whether a part of it is blurred until asked for
    tables: tuple[Table, ...]


def page(report: Report, sections: Sequence[Presentation], *, made: datetime | None = None) -> str:
    """The report as one HTML file, in its own language.

    Raises:
        ValueError: If there are not as many sections as parts.
    """
    from markupsafe import Markup

    made = made or datetime.now(UTC)
    scripts = [_file("report.js"), _file("present.js")]
    drawn = any(one.figures for one in sections)
    if drawn:
        scripts.append(_file("plotly.js"))
    with speaking(report.language):
        text = _template().render(
            report=report,
            items=[_item(part, one) for part, one in zip(report.parts, sections, strict=True)],
            findings=_findings(sections),
            limits=limits(sections),
            plotly=Markup(_packed()) if drawn else "",
            made=made,
            when=when(made.isoformat()),
            language=current(),
            version=__version__,
            policy=_policy([*scripts, *((_plotly(),) if drawn else ())]),
            style=Markup(_file("report.css")),
            scripts=[Markup(one) for one in scripts],
            seal="0" * 64,
        )
    return SEAL.sub(lambda found: found[0].replace("0" * 64, seal_of(text)), text, count=1)


def seal_of(text: str) -> str:
    """The SHA-256 of a report's text, without the seal that stands in it."""
    plain = SEAL.sub(lambda found: found[0].replace(found["seal"], "0" * 64), text, count=1)
    return sha256(plain.encode(errors="surrogatepass")).hexdigest()


@cache
def _template() -> Template:
    found = templates(_HERE / "templates")
    found.globals.update(cells=cells, figure=figure)
    return found.get_template("report.jinja")


def _findings(sections: Sequence[Presentation]) -> list[tuple[str, Finding, str]]:
    """Of each item the finding, with the place that shows it and its models; the most trusted
    first."""
    found = [
        (
            f"plot-{place}-1" if one.figures else f"item-{place}",
            one.finding,
            " → ".join(map(middle, filter(None, one.facts.pair))),
        )
        for place, one in enumerate(sections, 1)
        if one.finding is not None
    ]
    return sorted(found, key=lambda each: list(TRUST).index(each[1].trust))


def _item(part: Part, section: Presentation) -> Item:
    kind = _(KINDS[part.kind])
    numbers = (
        (Table(_("The set in numbers"), table_of(section.numbers), folded=False),)
        if section.numbers
        else ()
    )
    return Item(
        section,
        kind,
        part.heading.strip() or section.title.strip() or kind,
        note(part.note),
        section.sensitive or any(one.sensitive for one in section.tables),
        (*numbers, *section.tables),
    )


def cells(frame: pd.DataFrame) -> Iterator[list[tuple[bool, str]]]:
    """Row by row, of every cell whether its column is of numbers, and what stands in it."""
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    for row in frame.itertuples(index=False, name=None):
        yield [(kind, cell(value)) for kind, value in zip(numeric, row, strict=True)]


def figure(one: Picture) -> dict[str, Any]:
    """What plotly draws: without a theme of its own, numbers as the language writes them."""
    document: dict[str, Any] = json.loads(one.figure.to_json())
    layout = document.setdefault("layout", {})
    layout.pop("template", None)
    decimal, group, _rest = signs(current())
    layout["separators"] = decimal + group
    return {"data": document["data"], "layout": layout}


def _policy(scripts: Sequence[str]) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(one.encode()).digest()).decode()}'" for one in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _packed() -> str:
    """plotly.js at two fifths of its size, as `plotly.js` beside this unpacks it: gzip in base 85,
    without the two signs that a page could take for a tag."""
    packed = base64.b85encode(gzip.compress(_plotly().encode(), mtime=0)).decode()
    return packed.translate(str.maketrans("<>", ",."))


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
