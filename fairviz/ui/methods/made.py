"""The made models: a table, and for each of them opening, measuring, deleting."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, ours
from fairviz.analyses.tradeoff.measure import Point, measured_of
from fairviz.compression.registry import METHODS
from fairviz.core.declared import declared
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.shelf import Made, remove, shelf
from fairviz.ui import links
from fairviz.ui.markup import numerals, plain
from fairviz.ui.methods import work
from fairviz.ui.widgets import one, paragraph, widget

_COLUMNS = declared(__file__)["columns"]


class Row(NamedTuple):
    """A made model."""

    made: Made
    point: Point | None  # measured on the chosen text, else on another; None for neither
    asked: bool  # whether the chosen text can be measured on and was not yet


def draw(baseline: ModelSpec, text: EvaluationText | None, null: int) -> None:
    """Every compressed model that is kept on this machine, of whichever baseline."""
    st.header(_("Made ones"), anchor=False)
    rows = _rows(baseline, text)
    _unforgotten(rows)
    if not rows:
        st.caption(_("None yet: what you make is kept here, on this machine."))
        return
    st.dataframe(
        numerals(_table(rows), {one["name"]: one["form"] for one in _COLUMNS if "form" in one}),
        key="made_rows",
        hide_index=True,
        placeholder="–",
        on_select=lambda: _pointed(rows),
        selection_mode="single-row",
        column_config=_columns(),
        alt=paragraph("made_alt", n=len(rows)),
    )
    total = sum(row.made.bytes_on_disk for row in rows)
    st.caption(paragraph("made_in_all", n=len(rows), size=total / 1e6))
    _measure_all(rows, text, null)
    _one_of(rows, text, null)


def _rows(baseline: ModelSpec, text: EvaluationText | None) -> list[Row]:
    """Every made model, as the shelf orders them.

    Models that are ours are not measured on the text chosen for others, nor others on ours.
    """
    found = []
    for made in shelf():
        points = measured_of(made.spec.uncompressed, made.model)
        here = [one for one in points if text is not None and one.text_hash == text.hash]
        alike = text is not None and ours(made.spec.uncompressed) == ours(baseline)
        found.append(Row(made, next(iter([*here, *points]), None), alike and not here))
    return found


def _columns() -> dict[str, Any]:
    """Title, and what a reader may ask of it, by the name of the column."""
    number, other = st.column_config.NumberColumn, st.column_config.Column
    return {
        one["name"]: (number if "form" in one else other)(
            _(one["name"]), help=_(one["help"]) if "help" in one else None
        )
        for one in _COLUMNS
    }


def _table(rows: list[Row]) -> pd.DataFrame:

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


def _measure_all(rows: list[Row], text: EvaluationText | None, null: int) -> None:
    tasks = [_task(row, text, null) for row in rows if row.asked]
    if tasks:
        several = _("Measure the {n} that are not measured", n=len(tasks))
        work.button("measure_all", tasks, several if tasks[1:] else _("Measure it"))


def _task(row: Row, text: EvaluationText | None, null: int) -> work.Task:
    made = row.made
    return work.Task(made.spec, make=False, measure=True, model=made.model, text=text, null=null)


def _one_of(rows: list[Row], text: EvaluationText | None, null: int) -> None:
    by_key = {row.made.key: row for row in rows}
    names = [str(row.made.spec) for row in rows]

    def title(key: str) -> str:
        name = str(by_key[key].made.spec)
        return name if names.count(name) == 1 else f"{name} ({key[:6]})"

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        row = by_key[one(_("One of them"), "made", list(by_key), title)]
        spec = row.made.spec
        links.to_compare(spec.uncompressed, row.made.model)
        work.button(
            "measure_one",
            [_task(row, text, null)] if row.asked else [],
            _("Measure") if row.asked or row.point is None else _("Measured"),
        )
        with st.popover(**widget("ask_delete")):
            st.markdown(
                paragraph(
                    "delete_made",
                    name=plain(str(spec)),
                    size=row.made.bytes_on_disk / 1e6,
                    seconds=row.made.seconds,
                )
            )
            st.button(
                **widget("delete"),
                disabled=work.busy(),
                on_click=_delete,
                args=(row.made.key, str(spec)),
            )


def _delete(key: str, name: str) -> None:
    remove(key)
    st.toast(_("{name} is deleted.", name=plain(name)), icon=":material/delete:")


def _unforgotten(rows: list[Row]) -> None:
    """What was chosen in the table is nobody any more once the rows are others."""
    keys = [row.made.key for row in rows]
    if st.session_state.get("_made_keys") != keys:
        st.session_state["_made_keys"] = keys
        st.session_state.pop("made_rows", None)
