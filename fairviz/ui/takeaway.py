"""What a reader takes along: the summary, files, the link, the models' identity."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _, ngettext, number
from fairviz.inference.batch_effect import of_card
from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import BOTH, Comparison, PairTrace
from fairviz.models.identity import bos_in_words, method_in_words
from fairviz.stats import Estimate, summary
from fairviz.ui import session, visitors
from fairviz.ui.plain import plain, shortened


def summary_line(pair: PairTrace) -> None:
    """Means over one text, each with its interval and llama.cpp's error."""
    estimates = summary(pair)
    tiles(estimates)
    st.caption(
        ngettext(
            "{n} token. In brackets: 95 % interval by blocks of neighbouring tokens; ± is "
            "llama.cpp's standard error, of tokens taken as independent, which is too small.",
            "{n} tokens. In brackets: 95 % interval by blocks of neighbouring tokens; ± is "
            "llama.cpp's standard error, of tokens taken as independent, which is too small.",
            len(pair),
        )
    )
    with st.expander(_("What these numbers mean")):
        st.markdown("\n".join(f"- {_told(one)}" for one in estimates))


def _told(one: Estimate) -> str:
    return _("**{title}**: {meaning}", title=_(one.title), meaning=plain(_(one.meaning)))


def tiles(estimates: Sequence[Estimate]) -> None:
    """Numbers side by side, each with its error."""
    st.html(
        '<div data-testid="fv-summary" style="display:grid;gap:.6rem;'
        'grid-template-columns:repeat(auto-fill,minmax(min(9.6rem,46%),1fr))">'
        + "".join(_tile(estimate) for estimate in estimates)
        + "</div>"
    )


def _tile(estimate: Estimate) -> str:
    unit = f" {_('nats')}" if estimate.unit == "nats" else ""
    return (
        f'<div data-testid="fv-estimate-{html.escape(estimate.name)}" '
        f'title="{html.escape(_(estimate.meaning))}" style="border:1px solid '
        "rgba(128,136,149,.4);border-radius:.5rem;padding:.5rem .7rem;"
        'font-variant-numeric:tabular-nums">'
        f'<div style="font-size:.82rem;opacity:.85">{html.escape(_(estimate.title))}</div>'
        f'<div style="font-size:1.25rem">{_figure(estimate.value)}'
        f'<span style="font-size:.85rem">{unit}</span></div>'
        f'<div style="font-size:.82rem;opacity:.85">{_ends(estimate)}'
        f"± {_figure(estimate.standard_error)}</div>"
        "</div>"
    )


def _ends(one: Estimate) -> str:
    return f"[{_figure(one.low)}; {_figure(one.high)}] " if math.isfinite(one.low) else ""


def _figure(value: float) -> str:
    return number(value, "#.3g").rstrip(".,") if math.isfinite(value) else "–"


def rows(texts: Mapping[str, PairTrace]) -> str:
    """Texts as CSV: one row per token and text, the texts' names in the first column."""
    import pandas as pd

    measured = ("log_prob", "entropy", "rank", "margin")
    tables = [
        pd.DataFrame(
            {"text_of": side, "index": range(len(pair)), "id": pair.ids, "token": pair.tokens}
            | {
                f"{who}_{name}": getattr(getattr(pair, who), name)
                for who in BOTH
                for name in measured
            }
            | {quantity.name: quantity.of(pair) for quantity in QUANTITIES}
        )
        for side, pair in texts.items()
    ]
    return csv_file.written(pd.concat(tables))


def downloads(comparison: Comparison) -> None:
    """The whole comparison as files, and the address that restores this view."""
    st.header(_("Take it along"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("JSON: everything measured"),
            json.dumps(comparison.document(), ensure_ascii=False, allow_nan=False),
            "fairviz-comparison.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: one row per token"),
            rows({"baseline": comparison.on_baseline, "compressed": comparison.on_compressed}),
            "fairviz-tokens.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
    link()


def link() -> None:
    """The address that restores the page."""
    st.caption(_("Link to this view: the address of this page, here to copy."))
    st.code(_address(), language=None, wrap_lines=True)


def _address() -> str:
    query = urlencode(st.query_params.to_dict())
    return f"{st.context.url or ''}{'?' + query if query else ''}"


def _megabytes(size: float) -> str:
    return _("{size:.2f} MB", size=size / 1e6)


def _context(length: int | None) -> str:
    return ngettext("{n} token", "{n} tokens", length) if length else _("not stated")


_FACTS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("parameters", N_("Parameters"), lambda v: number(v, ",")),
    ("method", N_("Method"), method_in_words),
    ("bits_per_weight", N_("Bits per weight"), lambda v: number(v, ".2f")),
    ("zero_share", N_("Weights that are zero"), lambda v: _("{share:.2f} %", share=100 * v)),
    ("bytes_in_memory", N_("In memory"), _megabytes),
    ("bytes_on_disk", N_("On disk"), _megabytes),
    ("device", N_("Device"), str),
    ("dtype", N_("Number format"), str),
    ("dtype_reason", N_("Why this number format"), _),
    ("revision", N_("Revision"), str),
    ("bos", N_("Beginning-of-text token"), bos_in_words),
    ("context_length", N_("Context"), _context),
)


def identities(baseline: ModelSpec, compressed: ModelSpec, known: Mapping[str, Any]) -> None:
    """Both models, as measured on the loaded weights; `known` is the provenance."""
    st.header(_("The two models, as loaded"), anchor=False)
    cards = [dict(known.get(side, {})) for side in BOTH]
    cell = "padding:.3rem .5rem;border-bottom:1px solid rgba(128,136,149,.35);text-align:left"
    sources = [str(baseline), str(compressed)]
    lines = [("", _("Baseline"), _("Compressed")), (_("Model"), *sources)]
    for name, title, spell in _FACTS:
        if all(card.get(name) == "" for card in cards):
            continue
        lines.append((_(title), *(spell(card[name]) if name in card else "–" for card in cards)))
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="{cell};width:{100 / 3:.0f}%">{html.escape(one)}</td>' for one in line
        )
        + "</tr>"
        for line in lines
    )
    st.html(
        '<table data-testid="fv-identities" style="width:100%;max-width:52rem;table-layout:fixed;'
        "border-collapse:collapse;font-size:.92rem;overflow-wrap:anywhere;"
        f'font-variant-numeric:tabular-nums">{rows}</table>'
    )
    st.caption(_("Measured on the weights in memory when the numbers were made."))
    methods = dict.fromkeys(str(card.get("method") or "") for card in cards)
    for method, said in ((one, of_card(one)) for one in methods):
        if said:
            st.caption(_("**{method}:** {effect}", method=plain(method), effect=plain(said)))


def recent(limit: int = 6) -> None:
    """Runs in the store; each opens from there without a model."""
    if visitors.here():  # what others asked is theirs
        return
    st.header(_("Recent runs"), anchor=False)
    runs = session.store().recent("comparison", limit)
    if not runs:
        st.caption(_("No runs yet: what you compare is kept here, on this machine."))
    for run in runs:
        asked, place = run.request, run.facts["first_divergence"]
        st.page_link(
            "pages/1_Compare.py",
            label=_(
                "“{prompt}” · {baseline} and {compressed} · {texts}",
                prompt=plain(shortened(asked.prompt, 36)),
                baseline=plain(str(asked.baseline)),
                compressed=plain(str(asked.compressed)),
                texts=_("same text") if place is None else _("part at {place}", place=place),
            ),
            icon=":material/history:",
            query_params={"run": run.key},
        )
