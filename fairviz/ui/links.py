"""The pages as `links.toml` has them, and the links that lead to them and to what they show."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qs

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.tables.view import NAMES
from fairviz.core.declared import records
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import address

# In the address of a page that is presented to a room.
PRESENT = "present"


class Page(NamedTuple):
    """A page; its words are English, translated where they are shown."""

    path: str
    name: str
    icon: str
    about: str = ""


PAGES = records(Page, __file__, "pages")
_BY_NAME = {page.name: page for page in PAGES}


def page(name: str) -> Page:
    """A page by its English name."""
    return _BY_NAME[name]


def head(name: str, title: str = "") -> None:
    """The title of a page, its name by default; what it is for is told when it is pointed at."""
    about = "" if st.query_params.get(PRESENT) == "1" else _BY_NAME[name].about
    st.title(title or _(name), anchor=False, help=_(about) if about else None)


def link(name: str, label: str = "", icon: str = "", tip: str = "", **query: Any) -> None:
    """A link to a page, which opens with `query` in its address.

    Args:
        name: The page's in English.
        label: What the link says; the page's name by default.
        icon: Name of a Material symbol; the page's by default.
        tip: What is told when it is pointed at.
        query: Texts, lists of texts, models.
    """
    to = _BY_NAME[name]
    st.page_link(
        to.path,
        label=label or _(name),
        icon=f":material/{icon or to.icon}:",
        help=tip or None,
        query_params={
            key: value if isinstance(value, list) else str(value) for key, value in query.items()
        },
    )


def of_kind(kind: str) -> str:
    """The English name of the page that shows runs of a kind."""
    return next(one.name for one in PAGES if one.path == f"pages/{ANALYSES[kind].page}.py")


def to_run(
    kind: str, key: str, label: str = "", icon: str = "open_in_new", tip: str = "", **also: str
) -> None:
    """A link to a run on the page of its kind, with `also` in its address; none for a text."""
    if kind not in ANALYSES:
        return
    analysis = ANALYSES[kind]
    query: dict[str, str | list[str]] = {analysis.parameter: key}
    if not analysis.parameter:
        asked = parse_qs(key)
        query = {name: asked[name] for name in NAMES if name in asked}
    link(of_kind(kind), label or _("Open on its page"), icon, tip, **query, **also)


def to_compare(baseline: ModelSpec, compressed: ModelSpec, label: str = "", **query: Any) -> None:
    """A link to a pair on the page Compare."""
    label = label or _("Open in Compare")
    link("Compare", label, baseline=baseline, compressed=compressed, **query)


def to_parts(request: Any, **query: Any) -> None:
    """A link to which parts bring the change between the models of a request."""
    label = _("Which parts of the model bring this change?")
    link("Parts", label, baseline=request.baseline, compressed=request.compressed, **query)


def slide(report: str, place: int) -> dict[str, str]:
    """The address of a slide of a report, in plain words where this page is."""
    return {PRESENT: "1", "report": report, "slide": str(place), **address.kept("plain")}


def to_slides(report: str) -> None:
    """A link to a report as slides, by its name."""
    link("Report", _("Present"), "slideshow", **slide(report, 0))
