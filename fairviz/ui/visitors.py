"""What visitors of a shared server see, the runs in the reports that its owner shows, and what
they may ask of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.forms import question
from fairviz.analyses.probe.request import ProbeResult
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.review.request import Review
from fairviz.analyses.store import Store
from fairviz.core.errors import PromptTooLong
from fairviz.core.shortened import shortened
from fairviz.i18n import _, ngettext
from fairviz.probes.registry import PROBES
from fairviz.report import runs
from fairviz.report.record import KINDS, Part, Report
from fairviz.report.shelf import Reports
from fairviz.serving import door
from fairviz.serving.allowance import LONGEST_PROMPT, Allowance
from fairviz.serving.sharing import NotShown, Sharing, sharing
from fairviz.ui import identity, links
from fairviz.ui.markup import plain

# Kinds of runs whose pages visitors may open.
_SHOWN = ("comparison", "reading", "audit", "probe", "attribution", "served", "tables")
# What may follow a model's name without being made first.
FORMS = ("", "+int8", "+nf4", "+fp4")


class Shown(NamedTuple):
    """A result on the page; `key` is empty where it is not in the store."""

    result: Any
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
    return [
        replace(one, parts=tuple(part for part in one.parts if _allowed(part, shared)))
        for one in found
        if shared.shows(one.name)
    ]


def report(name: str) -> Report | None:
    """One of them by its name."""
    return next((one for one in reports() if one.name == name), None)


def shown(kind: str) -> tuple[Shown, ...]:
    """The runs that the address names, if a report shows them; none where this page may ask.

    A visitor whose address names no run is told which there are, and the page ends there.

    Raises:
        NotShown: For any other key, whether or not there is such a run.
    """
    shared = here()
    if shared is None:
        return ()
    keys = st.query_params.get_all(ANALYSES[kind].parameter)
    if not keys and kind == "comparison" and shared.tokens:
        return ()
    page = links.of_kind(kind)
    title = _(page)
    parts = [part for one in reports() for part in one.parts if part.kind == kind]
    if keys:
        named_in = {part.key: part for part in parts}
        found = tuple(Shown(runs.load(named_in[key]), key) for key in keys if key in named_in)
        asked = {question(kind, one.result.request) for one in found if one.result is not None}
        if len(found) < len(keys) or len(asked) != 1 or any(one.result is None for one in found):
            raise not_shown()
        links.link(page, _("All that is shown here"), "arrow_back")
        st.title(title, anchor=False)
        for key in keys:
            st.markdown(f"**{plain(named(named_in[key]))}**")
        return found
    st.title(title, anchor=False)
    if not parts:
        st.info(_("Nothing of this page is shown here."), icon=":material/inventory_2:")
    for part in {one.place: one for one in parts}.values():
        link(part)
    st.stop()
    return ()


def not_shown() -> NotShown:
    """What a visitor is told of all that is not for him, whether or not it is there."""
    return NotShown(
        _("This is not shown here."), fix=_("Choose one of the runs and reports on the overview.")
    )


def link(part: Part) -> None:
    """A part of a report, by its name; it opens its run where that has a page for visitors."""
    name = plain(shortened(named(part), 110))
    if part.kind in _SHOWN:
        links.to_run(part.kind, part.key, name)
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
        said = _("Nothing is shown here yet. Ask whoever gave you this address.")
        st.info(said, icon=":material/inventory_2:")
    for one in found:
        if one.parts:
            with st.container(border=True, key=f"shown_{one.name}"):
                st.subheader(plain(one.title), anchor=False)
                with st.container(horizontal=True, gap="medium"):
                    links.link("Report", _("Read the report"), report=one.name)
                    links.to_slides(one.name)
                for part in one.parts:
                    if part.kind != "text":
                        link(part)
    with st.container(horizontal=True, gap="medium"):
        links.link("Bias tables")
        links.link("Methods")


def _allowed(part: Part, shared: Sharing) -> bool:
    """Whether all models of a part's run are on the list."""
    if part.kind in ("text", "tables"):
        return True
    folder = Store().place(part.kind, part.key)
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


def models() -> tuple[str, ...]:
    """What a visitor may ask: the listed models, whole and in the forms that need no making."""
    shared = here()
    named = [] if shared is None else [one for one in shared.models if "*" not in one]
    return tuple(f"{one}{form}" for one in named for form in FORMS)


@contextmanager
def asks(question: ComparisonRequest) -> Iterator[None]:
    """Let a visitor ask a question, within bounds; whoever owns the server has none.

    Raises:
        NotShown: If visitors ask nothing here, or not of these models.
        TooMuch: If it is more than this visitor may ask for now.
        PromptTooLong: If the prompt is.
    """
    shared = here()
    if shared is None:
        yield
        return
    if not shared.tokens or not {str(question.baseline), str(question.compressed)} <= {*models()}:
        raise not_shown()
    long = len(question.prompt) + (len(question.chat.system) if question.chat else 0)
    if long > LONGEST_PROMPT:
        raise PromptTooLong(
            ngettext("The prompt has {n:,} character.", "The prompt has {n:,} characters.", long),
            fix=_("Visitors may ask with at most {most:,}.", most=LONGEST_PROMPT),
        )
    with _allowance().place(_who(), question.decoding.max_new_tokens, shared.tokens):
        yield


def left() -> int:
    """Tokens that this visitor may still have written within this hour."""
    shared = here()
    return _allowance().left(_who(), shared.tokens) if shared else 0


def _who() -> str:
    """This visitor, whatever windows are open."""
    cookies, context = st.context.cookies, get_script_run_ctx()
    own = context.session_id if context is not None else ""
    return cookies.get(door.COOKIE) or identity.who(cookies) or own


@st.cache_resource(show_spinner=False)
def _allowance() -> Allowance:
    return Allowance()
