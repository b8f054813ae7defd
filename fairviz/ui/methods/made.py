"""The made models: a table, and for each of them opening, measuring, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.i18n import _, ngettext
from fairviz.ui.methods import known, work
from fairviz.ui.methods.known import Row
from fairviz.ui.numerals import numerals
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.core.specs import ModelSpec


def draw(baseline: ModelSpec, text: EvaluationText | None) -> None:
    """Every compressed model that is kept on this machine, of whichever baseline."""
    st.header(_("Made ones"), anchor=False)
    rows = known.rows(baseline, text)
    _unforgotten(rows)
    if not rows:
        st.caption(_("None yet: what you make is kept here, on this machine."))
        return
    st.dataframe(
        numerals(_table(rows), _FORMS),
        key="made_rows",
        hide_index=True,
        placeholder="–",
        on_select=lambda: _pointed(rows),
        selection_mode="single-row",
        column_config=_columns(),
        alt=ngettext(
            "{n} made model with its sizes and what was measured.",
            "{n} made models with their sizes and what was measured.",
            len(rows),
        ),
    )
    total = sum(row.made.bytes_on_disk for row in rows)
    st.caption(
        ngettext(
            "{n} made, {size:,.3g} MB on disk. Zeros and bits are those of the compressed layers "
            "alone; perplexity and KL are on the text named beside them.",
            "{n} made, {size:,.3g} MB on disk. Zeros and bits are those of the compressed layers "
            "alone; perplexity and KL are on the text named beside them.",
            len(rows),
            size=total / 1e6,
        )
    )
    _measure_all(rows, text)
    _one_of(rows, text)


_FORMS = {
    "Disk (MB)": ".3g",
    "Memory (MB)": ".3g",
    "Zeros (%)": ".1f",
    "Bits a weight": ".3g",
    "Perplexity": ".4g",
    "Mean KL (nats)": ".3g",
    "Took (s)": ".3g",
}


def _columns() -> dict[str, Any]:
    """Title, and what a reader may ask of it, by the name of the column."""
    number, other = st.column_config.NumberColumn, st.column_config.Column
    return {
        "Name": other(_("Name")),
        "Family": other(_("Family")),
        "Disk (MB)": number(_("Disk (MB)"), help=_("Of its files.")),
        "Memory (MB)": number(_("Memory (MB)"), help=_("Of its weights, loaded.")),
        "Zeros (%)": number(_("Zeros (%)"), help=_("Of the compressed layers.")),
        "Bits a weight": number(
            _("Bits a weight"), help=_("Of the compressed layers, as stored, scales included.")
        ),
        "Perplexity": number(_("Perplexity")),
        "Mean KL (nats)": number(_("Mean KL (nats)")),
        "Measured on": other(_("Measured on")),
        "Calibration": other(_("Calibration")),
        "Made": other(_("Made")),
        "Took (s)": number(_("Took (s)")),
    }


def _table(rows: list[Row]) -> pd.DataFrame:
    import pandas as pd

    from fairviz.compression.registry import METHODS

    def family(row: Row) -> str:
        method = METHODS.get(row.made.spec.compression.method)
        return "" if method is None else _(method.family)

    return pd.DataFrame(
        {
            "Name": str(row.made.spec),
            "Family": family(row),
            "Disk (MB)": row.made.bytes_on_disk / 1e6,
            "Memory (MB)": row.made.bytes_in_memory / 1e6,
            "Zeros (%)": 100 * row.made.zero_share,
            "Bits a weight": row.made.bits_per_weight,
            "Perplexity": None if row.point is None else row.point.perplexity,
            "Mean KL (nats)": None if row.point is None else row.point.kl,
            "Measured on": "" if row.point is None else _(row.point.text),
            "Calibration": _(str((row.made.calibration or {}).get("name", ""))),
            "Made": row.made.created[:16].replace("T", " "),
            "Took (s)": row.made.seconds,
        }
        for row in rows
    )


def _pointed(rows: list[Row]) -> None:
    """A row chosen in the table is the one that the buttons are about."""
    chosen = st.session_state["made_rows"]["selection"]["rows"]
    if chosen:
        st.session_state["made"] = rows[chosen[0]].made.key


def _measure_all(rows: list[Row], text: EvaluationText | None) -> None:
    tasks = [
        work.Task(row.made.spec, False, True, model=row.made.model, text=text)
        for row in rows
        if row.asked
    ]
    if tasks:
        st.button(
            _("Measure the {n} that are not measured", n=len(tasks))
            if tasks[1:]
            else _("Measure it"),
            key="measure_all",
            icon=":material/straighten:",
            disabled=work.busy(),
            on_click=work.start,
            args=(tasks, st.session_state.get("device") or "auto"),
            help=_("Progress and Stop stand under “Make one”."),
        )


def _one_of(rows: list[Row], text: EvaluationText | None) -> None:
    by_key = {row.made.key: row for row in rows}
    names = [str(row.made.spec) for row in rows]

    def title(key: str) -> str:
        name = str(by_key[key].made.spec)
        return name if names.count(name) == 1 else f"{name} ({key[:6]})"

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        row = by_key[one(_("One of them"), "made", list(by_key), title)]
        spec = row.made.spec
        st.page_link(
            "pages/1_Compare.py",
            label=_("Open in Compare"),
            icon=":material/compare_arrows:",
            query_params=known.in_compare(known.baseline_of(spec), row.made.model),
        )
        st.button(
            _("Measure") if row.asked or row.point is None else _("Measured"),
            key="measure_one",
            icon=":material/straighten:",
            disabled=work.busy() or not row.asked,
            on_click=work.start,
            args=(
                [work.Task(spec, False, True, model=row.made.model, text=text)],
                st.session_state.get("device") or "auto",
            ),
        )
        with st.popover(_("Delete…"), icon=":material/delete:", key="ask_delete"):
            st.markdown(
                _(
                    "**{name}** and its {size:.3g} MB go from this machine. Making it again took "
                    "{seconds:.3g} s last time.",
                    name=plain(str(spec)),
                    size=row.made.bytes_on_disk / 1e6,
                    seconds=row.made.seconds,
                )
            )
            st.button(
                _("Delete it"),
                key="delete",
                type="primary",
                disabled=work.busy(),
                on_click=_delete,
                args=(row.made.key, str(spec)),
            )


def _delete(key: str, name: str) -> None:
    from fairviz.models.shelf import remove

    remove(key)
    st.toast(_("{name} is deleted.", name=plain(name)), icon=":material/delete:")


def _unforgotten(rows: list[Row]) -> None:
    """What was chosen in the table is nobody any more once the rows are others."""
    keys = [row.made.key for row in rows]
    if st.session_state.get("_made_keys") != keys:
        st.session_state["_made_keys"] = keys
        st.session_state.pop("made_rows", None)
