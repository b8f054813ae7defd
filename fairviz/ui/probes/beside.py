"""What stands beside an outcome: published values of its benchmark, and its files."""

from __future__ import annotations

import json

import streamlit as st

from fairviz.analyses import identity
from fairviz.analyses.presentation import Table
from fairviz.analyses.probe.as_table import as_table
from fairviz.analyses.probe.document import document
from fairviz.analyses.probe.request import ProbeResult
from fairviz.benchmarks import labels
from fairviz.core import csv_file
from fairviz.i18n import _
from fairviz.probes.cells import titled
from fairviz.probes.headings import called
from fairviz.probes.published import published
from fairviz.probes.record import Probe
from fairviz.ui import downloads, render
from fairviz.ui.plain import plain
from fairviz.ui.tables import tables_in_memory


def studies(result: ProbeResult, which: Probe) -> None:
    """Published values of the same benchmark, and the way to their page."""
    if not which.benchmark:
        return
    found = published(result.outcome, which, tables_in_memory.table())
    name = labels.benchmark(which.benchmark)
    st.header(_("What studies have published of {benchmark}", benchmark=plain(name)), anchor=False)
    if len(found):
        caption = _("Published values, after those of these two models")
        render.table(Table(caption, titled(found), folded=False), key="published")
        st.caption(
            _(
                "These two models first, then the published ones: the value before compression, "
                "and the lowest and highest over their compressed forms. Other models, other "
                "numbers of items and another way of asking: compare directions, not digits. Some "
                "published cells carry a warning; the page of the tables says which."
            )
        )
    else:
        st.caption(
            _(
                "The tables have this benchmark under other measures than those taken here, so "
                "there is no published number to stand beside these."
            )
        )
    st.page_link(
        "pages/4_Bias_tables.py",
        label=_("{benchmark} in the bias tables", benchmark=name),
        icon=":material/table_view:",
        query_params={"dimension": which.dimension, "benchmark": which.benchmark},
    )


def identities(result: ProbeResult, which: Probe) -> None:
    """Both models as loaded, or that none was."""
    request = result.request
    if which.models:
        render.identities(identity.cards(request.baseline, request.compressed, result.provenance))
        return
    st.header(_("Where the numbers come from"), anchor=False)
    st.caption(
        _("Read from {source}; no model was loaded here.", source=plain(called(request.source)))
    )


def files(result: ProbeResult) -> None:
    """The outcome as files, and the address that restores it."""
    name = f"fairviz-{result.request.probe}"
    downloads.draw(
        downloads.File(
            _("JSON: everything measured"),
            f"{name}.json",
            lambda: json.dumps(document(result), ensure_ascii=False, allow_nan=False),
        ),
        downloads.File(
            _("CSV: one row an item"),
            f"{name}-items.csv",
            lambda: csv_file.written(result.outcome.items),
        ),
        downloads.File(
            _("CSV: rows of the bias tables"),
            f"{name}-table.csv",
            lambda: csv_file.written(as_table(result)),
            _("python -m fairviz tables import FILE takes it; then it stands in Bias tables."),
            "table",
        ),
    )
