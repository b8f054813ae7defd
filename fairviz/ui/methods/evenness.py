"""Whether Fair-GPTQ's forms stand nearer to even than GPTQ's, with the way to judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store, example, is_example
from fairviz.analyses.tradeoff.evaluation_text import ours
from fairviz.compression.calibration import Calibration, bundled, from_bytes
from fairviz.compression.pairs import Pairs
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import below, device_queue, render, widgets
from fairviz.ui.markup import plain
from fairviz.ui.methods import make, work
from fairviz.ui.widgets import paragraph, widget

_KIND = "evenness"


def draw(baseline: ModelSpec) -> None:
    """A run from the address, or the last of this baseline, or the example; and a new one."""
    st.header(_("Nearer to even?"), anchor=False)
    store = device_queue.store()
    key = st.query_params.get(_KIND, "") or _last(store, baseline) or example(_KIND)
    found = store.load(_KIND, key)
    if found is None:
        st.info(paragraph("not_in_store", button=_("Judge them")))
    else:
        analysis = ANALYSES[_KIND]
        if is_example(key):
            st.markdown(paragraph("example_forms", model=plain(str(found.request.baseline))))
        chosen = widgets.options(analysis.options(found))
        render.render(analysis.present(found, chosen, "page"))
        below.add_to_report(_KIND, key, options=chosen, place="_evenness")
    _ask(baseline)


def _last(store: Store, baseline: ModelSpec) -> str:
    runs = (run for run in store.recent(_KIND, 50) if run.request.baseline == baseline)
    return next((run.key for run in runs), "")


def _ask(baseline: ModelSpec) -> None:
    """Which forms, on which pairs and texts, and the button."""
    from fairviz.analyses.evenness.run import FORMS

    with st.expander(_("Judge forms of {model}", model=plain(str(baseline)))):
        st.markdown(paragraph("judge"))
        known = dict.fromkeys((*FORMS, *METHODS["fairgptq"].forms, *METHODS["gptq"].forms))
        forms = st.multiselect(
            **widget("judged_forms"), options=list(known), default=FORMS, accept_new_options=True
        )
        pairs, reads = make.pairs("judged_pairs"), None
        if not ours(baseline):
            file = st.file_uploader(**widget("judged_text"))
            reads = None if file is None else from_bytes(file.getvalue(), file.name)
        ready = len(forms) > 1 and (ours(baseline) or reads is not None)
        do = partial(_judged, baseline, forms, reads, pairs)
        task = work.Task(baseline, make=False, measure=False, do=do)
        work.button("judge", [task] if ready else [], _("Judge them"))


def _judged(
    baseline: ModelSpec,
    forms: Sequence[str],
    reads: Calibration | None,
    pairs: Pairs | None,
    device: str,
    say: Callable[[float, str], None],
) -> str:
    from fairviz.analyses.evenness.run import judged

    if pairs is not None:
        reads = replace(reads or bundled(), pairs=pairs)
    answer = judged(
        baseline,
        forms=forms,
        reads=reads,
        device=device,
        told=lambda done, of, words: say(done / of, words),
        store=Store(),
    )
    refused = answer.result.refused
    return paragraph("judged", n=len(answer.result.request.forms) - len(refused))
