"""What visitors of a shared server see: the runs that stand in the reports its owner shows."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from fairviz.analyses.probe.request import ProbeResult
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.review.request import Review
from fairviz.core.disk import cache_root
from fairviz.i18n import _
from fairviz.probes.registry import PROBES
from fairviz.report import runs
from fairviz.report.record import KINDS, Part, Report
from fairviz.report.shelf import Reports
from fairviz.serving.sharing import NotShown, Sharing, sharing
from fairviz.ui.plain import plain, shortened
from fairviz.ui.report import opened


class Visit(NamedTuple):
    """A run that a visitor looks at, and its key."""

    run: object
    key: str


def here() -> Sharing | None:
    """What this server shares with visitors; None where its owner works alone."""
    return sharing()


def reports() -> list[Report]:
    """The reports that may be seen here, each with the parts that may."""
    shared = here()
    found = Reports().all()
    if shared is None:
        return found
    return [_shown(report, shared) for report in found if shared.shows(report.name)]


def report(name: str) -> Report | None:
    """One of them by its name."""
    return next((one for one in reports() if one.name == name), None)


def shown(kind: str) -> Visit | None:
    """The run that the address names, if a report shows it; None where this page may ask.

    A visitor whose address names no run is told which there are, and the page ends there.

    Args:
        kind: Of run: a key of `registry.ANALYSES`.

    Raises:
        NotShown: For any other key, whether or not there is such a run.
    """
    shared = here()
    if shared is None:
        return None
    analysis = ANALYSES[kind]
    key = st.query_params.get(analysis.parameter)
    if not key and kind == "comparison" and shared.tokens:
        return None
    parts = [part for one in reports() for part in one.parts if part.kind == kind]
    if key:
        part = next((one for one in parts if one.key == key), None)
        run = None if part is None else runs.load(part)
        if part is None or run is None:
            raise not_shown()
        st.page_link(
            f"pages/{analysis.page}.py",
            label=_("All that is shown here"),
            icon=":material/arrow_back:",
        )
        st.title(_(_TITLES[kind]), anchor=False)
        st.markdown(f"**{plain(named(part))}**")
        return Visit(run, key)
    _listed(kind, parts)
    st.stop()
    return None


def _listed(kind: str, parts: list[Part]) -> None:
    st.title(_(_TITLES[kind]), anchor=False)
    if not parts:
        st.info(_("Nothing of this page is shown here."), icon=":material/inventory_2:")
    for part in {one.place: one for one in parts}.values():
        link(part)


_TITLES = {
    "comparison": "Compare",
    "reading": "Token shift",
    "audit": "Uncertain prompts",
    "probe": "Bias probes",
}


def not_shown() -> NotShown:
    """What a visitor is told of all that is not for him, whether or not it is there."""
    return NotShown(
        _("This is not shown here."),
        fix=_("Choose one of the runs and reports on the overview."),
    )


def link(part: Part) -> None:
    """A part of a report, by its name; it opens its run where that has a page for visitors."""
    name = plain(shortened(named(part), 110))
    if part.kind in _TITLES or part.kind == "tables":
        opened.link(part, label=name)
    else:
        st.markdown(name)


def named(part: Part) -> str:
    """What a part is called: its heading, else what its run asked."""
    title = "" if part.blur else runs.shown(part)
    return part.heading or title or _(KINDS[part.kind])


def overview() -> None:
    """Every report that is shown, with its runs."""
    found = reports()
    st.header(_("Shown here"), anchor=False)
    if not any(one.parts for one in found):
        st.info(
            _("Nothing is shown here yet. Ask whoever gave you this address."),
            icon=":material/inventory_2:",
        )
    for one in found:
        if one.parts:
            with st.container(border=True, key=f"shown_{one.name}"):
                st.subheader(plain(one.title), anchor=False)
                opened.report(one)
                for part in one.parts:
                    if part.kind != "text":
                        link(part)
    with st.container(horizontal=True, gap="medium"):
        st.page_link("pages/4_Bias_tables.py", label=_("Bias tables"), icon=":material/table_view:")
        st.page_link("pages/6_Methods.py", label=_("Methods"), icon=":material/compress:")


def _shown(found: Report, shared: Sharing) -> Report:
    """A report without the runs of models that are not on the list."""
    return replace(found, parts=tuple(part for part in found.parts if _allowed(part, shared)))


def _allowed(part: Part, shared: Sharing) -> bool:
    if part.kind in ("text", "tables"):
        return True
    folder = cache_root() / runs.KINDS[part.kind].folder / part.key
    try:
        stamp = folder.stat().st_mtime_ns
    except OSError:
        return False
    return all(shared.allows(name) for name in _models(part.kind, part.key, str(folder), stamp))


@st.cache_data(show_spinner=False, max_entries=2000)
def _models(kind: str, key: str, folder: str, stamp: int) -> tuple[str, ...]:
    """The models of a stored run; one that no list allows where it cannot be read."""
    run = runs.load(Part(kind, key))
    if isinstance(run, Review):
        two = [name for item in run.items for name in (item.baseline, item.compressed)]
        return tuple(dict.fromkeys(map(str, two)))
    if isinstance(run, ProbeResult) and not PROBES[run.request.probe].models:
        return ()
    asked = getattr(run, "request", None)
    if asked is not None:
        return str(asked.baseline), str(asked.compressed)
    return ("/",)
