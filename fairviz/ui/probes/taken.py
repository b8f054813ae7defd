"""What a reader takes along of an outcome, and the outcomes of before."""

from __future__ import annotations

import json

import streamlit as st

from fairviz.analyses.probe.request import ProbeResult
from fairviz.core import csv_file
from fairviz.i18n import _, ngettext
from fairviz.probes.as_table import as_table
from fairviz.probes.headings import called
from fairviz.probes.record import Probe
from fairviz.probes.registry import PROBES
from fairviz.ui import session, takeaway, visitors
from fairviz.ui.plain import plain


def identities(run: ProbeResult, which: Probe) -> None:
    """Both models as loaded, or that none was."""
    asked = run.request
    if which.models:
        takeaway.identities(asked.baseline, asked.compressed, run.provenance)
        return
    st.header(_("Where the numbers come from"), anchor=False)
    st.caption(
        _("Read from {source}; no model was loaded here.", source=plain(called(asked.source)))
    )


def downloads(run: ProbeResult, which: Probe) -> None:
    """The outcome as files, and the address that restores it."""
    st.header(_("Take it along"), anchor=False)
    asked, outcome = run.request, run.outcome
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("JSON: everything measured"),
            lambda: json.dumps(run.document(), ensure_ascii=False, allow_nan=False),
            f"fairviz-{which.name}.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: one row an item"),
            lambda: csv_file.written(outcome.items),
            f"fairviz-{which.name}-items.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: rows of the bias tables"),
            lambda: csv_file.written(as_table(outcome, which, asked.baseline, asked.compressed)),
            f"fairviz-{which.name}-table.csv",
            "text/csv",
            key="download_table",
            on_click="ignore",
            icon=":material/download:",
            help=_("python -m fairviz tables import FILE takes it; then it stands in Bias tables."),
        )
    takeaway.link()


def recent() -> None:
    """Outcomes in the store; each opens from there without a model."""
    if visitors.here():  # what others asked is theirs
        return
    st.header(_("Measured lately"), anchor=False)
    kept = session.store().recent("probe")
    if not kept:
        st.caption(_("Nothing yet: what you measure is kept here, on this machine."))
    for one in kept:
        asked = one.request
        st.page_link(
            "pages/5_Bias_probes.py",
            label=ngettext(
                "{probe}: {source}, {n:,} item · {baseline} and {compressed}",
                "{probe}: {source}, {n:,} items · {baseline} and {compressed}",
                asked.n,
                probe=_(PROBES[asked.probe].title),
                source=plain(called(asked.source)),
                baseline=plain(str(asked.baseline)),
                compressed=plain(str(asked.compressed)),
            ),
            icon=":material/history:",
            query_params={"probe": asked.probe, "outcome": one.key},
        )


def nothing_yet(which: Probe) -> None:
    """What to do where nothing was measured yet."""
    st.markdown(
        _(
            "Choose two models in the sidebar and items above, then press **Run**. First comes "
            "what the numbers allow to say, then every group with its interval, then every item."
        )
        if which.models
        else _(
            "Choose the files above, then press **Run**. First comes what the numbers allow to "
            "say, then every group with its interval, then every item."
        )
    )
