"""The page Uncertain prompts: which set is measured, how far it is, its rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.audit.request import Audit, audit_request
from fairviz.analyses.audit.shown import Shown as Seen
from fairviz.analyses.audit.tables import TEXT, by_shift, document, label, made, may_hurt
from fairviz.analyses.runner import Machine, Measuring
from fairviz.core import csv_file
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.shortened import shortened
from fairviz.core.skips import Skip
from fairviz.core.specs import Chat
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.traces import BOTH
from fairviz.prompts import Prompt, bank, guess, read
from fairviz.prompts.own import FIELDS
from fairviz.tasks import TASKS, Item, Open, Task
from fairviz.tasks.reading import read as read_task
from fairviz.tasks.registry import where_of
from fairviz.ui import (
    address,
    below,
    chat,
    controls,
    device_queue,
    links,
    measuring,
    shell,
    visitors,
)
from fairviz.ui.below import File
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import one, paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.audit.run import Progress

_MOST_COLUMNS = 200
BANK, OWN, HARNESS = "bank", "own", "lm_eval"
_MEANT = "_lm_folders_meant"
_TITLES = declared(__file__)["fields"]
_SETS = declared(__file__)["sets"]
_NAMES = (BANK, OWN, *TASKS, HARNESS)


def _title(name: str) -> str:
    return _("Task: {task}", task=_(TASKS[name].title)) if name in TASKS else _(_SETS[name])


class Chosen(NamedTuple):
    """What the reader wants measured."""

    source: str  # what the set is called
    units: Sequence[Prompt | Item | Open]  # empty until there are some
    left_out: Sequence[Skip]  # when they were read
    ready: Audit | None = None  # one that needs no model
    max_new_tokens: int = 0  # of answers in own words


def choose() -> tuple[Chosen, bool, int]:
    """The widgets of the set, folded unless one is to be named, whether the noise floor is
    measured too, and how many null models."""
    stored = measuring.restored("audit")
    if stored is not None and "null" not in st.query_params:
        st.session_state["null"] = bool(stored.request.null)
    open_ = st.query_params.get("set", BANK) != BANK and "audit" not in st.query_params
    with st.expander(_("What is measured"), expanded=open_, icon=":material/tune:"):
        return _set(), controls.floor(), controls.null()


def _set() -> Chosen:
    """What is chosen; failures are told where they arise."""
    words = widget("set")
    name = one(words["label"], "set", _NAMES, _title, BANK, words["help"])
    try:
        if name == BANK:
            return _bank()
        if name == OWN:
            return _own()
        if name == HARNESS:
            return _harness()
        return _task(TASKS[name])
    except FairvizError as error:
        shell.advise(error)
        return Chosen(name, (), ())


def _bank() -> Chosen:
    prompts = bank()
    wanted = {}
    for field, column in zip(("language", "theme", "group"), st.columns(3), strict=True):
        with column:
            options = sorted({getattr(prompt, field) for prompt in prompts} - {""})
            wanted[field] = _several(field, options)
    kept = [
        prompt
        for prompt in prompts
        if all(not said or getattr(prompt, field) in said for field, said in wanted.items())
    ]
    if not kept:
        st.info(_("No prompt has all of these. Take one of the choices away."))
    return Chosen("bank", kept, ())


def _several(field: str, options: list[str]) -> list[str]:
    address.follow(f"of_{field}", options, str, [])
    said = st.multiselect(
        _(_TITLES[field]),
        options,
        key=f"of_{field}",
        format_func=lambda value: label(value, BANK),
        placeholder=_("all"),
    )
    address.write(f"of_{field}", said, [])
    return list(said)


def _own() -> Chosen:
    file = st.file_uploader(**widget("own_file"))
    if file is None:
        st.info(_("Choose a file: one prompt a row, in a column called text or prompt."))
        return Chosen("", (), ())
    content = file.getvalue()
    there = rows(content, file.name).columns
    found = guess(there)
    # A browser takes no list of a hundred thousand; what was found is offered wherever it stands.
    columns = tuple(dict.fromkeys((*found.values(), *there[:_MOST_COLUMNS])))
    with st.expander(_("Which column is what"), expanded="text" not in found):
        chosen = {}
        for field, place in zip(FIELDS, st.columns(len(FIELDS)), strict=True):
            with place:
                said = st.selectbox(
                    _(_TITLES[field]),
                    columns,
                    index=columns.index(found[field]) if field in found else None,
                    key=f"column_{field}_{file.file_id}",
                    placeholder=_("none"),
                )
            if said is not None:
                chosen[field] = said
    prompts, lost, _rest = read(content, file.name, chosen)
    controls.skipped(len(prompts), lost)
    return Chosen(file.name, prompts, lost)


def _task(task: Task) -> Chosen:
    said = {"asks": _(task.asks), "format": task.format, "paper": _(task.paper)}
    said = {name: plain(text) for name, text in {**said, "dataset": where_of(task)}.items()}
    st.caption(paragraph("about_task", **said))
    file = st.file_uploader(**widget("file", task.name))
    labels = st.file_uploader(**widget("labels")) if task.name == "piqa" else None
    with st.expander(_("How it is asked")):
        before = st.text_area(**widget("preamble"))
        limit = st.number_input(**widget("limit"), value=0)
        written = task.kind == "generation"
        most = st.number_input(**widget("answer_tokens"), value=50) if written else 0
    if file is None:
        st.info(paragraph("choose_task_file", task=task.name))
        return Chosen(task.name, (), ())
    given = None if labels is None else labels.getvalue()
    found = read_task(task, file.getvalue(), file.name, labels=given, preamble=before)
    controls.skipped(len(found.items), found.left_out)
    return Chosen(task.name, found.items[: limit or None], found.left_out, None, int(most))


def _harness() -> Chosen:
    from fairviz.analyses.audit.harness import read as read_runs

    columns, folders = st.columns(2), []
    for column, key in zip(columns, ("lm_baseline", "lm_compressed"), strict=True):
        with column:
            folders.append(st.text_input(**widget(key), on_change=_folders_typed))
    task = st.text_input(**widget("lm_task"))
    if not all(folders):
        st.info(_("Give the folders of two runs of lm_eval with --log_samples on the same tasks."))
    if not all(folders) or not _folders_meant(folders):
        return Chosen(HARNESS, (), ())
    first, second = (Path(os.path.expanduser(folder)) for folder in folders)
    return Chosen(HARNESS, (), (), read_runs(first, second, task))


def _folders_meant(folders: list[str]) -> bool:
    """Whether the reader has typed these folders or said to read them, and no link alone did."""
    if st.session_state.get(_MEANT) == folders:
        return True
    said = _("The link names folders of this machine. They are read once you say so.")
    st.info(said, icon=":material/folder_open:")
    if st.button(**widget("lm_read")):
        st.session_state[_MEANT] = folders
    return bool(st.session_state.get(_MEANT) == folders)


def _folders_typed() -> None:
    st.session_state[_MEANT] = [st.session_state["lm_baseline"], st.session_state["lm_compressed"]]


_MOST = 12
_STOPPED = N_("Stopped. What is measured is kept: press Run to go on from there.")


def button(
    baseline: str,
    named: Sequence[str],
    chosen: Chosen,
    put: Chat | None,
    machine: Machine,
    floor: bool,
    null: int,
) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    wanted, label = None, _("Run")
    if chosen.units:
        requests = tuple(
            audit_request(
                *two,
                chosen.source,
                chosen.units,
                chosen.max_new_tokens,
                floor=floor,
                chat=put,
                null=null if not isinstance(chosen.units[0], Open) else 0,
            )
            for two in controls.specs(baseline, named)
        )

        def measure(request: Any) -> Measuring:
            from fairviz.analyses.audit.run import run

            return lambda pair, parts, told: run(
                pair, request, chosen.units, parts, left_out=chosen.left_out, told=told
            )

        wanted = Wanted("audit", requests, measure, machine)
        n = len(chosen.units)
        label = (
            ngettext("Run on {n:,} prompt", "Run on {n:,} prompts", n)
            if requests[0].kind == "prompts"
            else ngettext("Run on {n:,} question", "Run on {n:,} questions", n)
        )
    stop = _("Stops after this batch; what is measured is kept.")
    measuring.buttons("audit", wanted, label, stop=stop, stopped=_STOPPED)
    return wanted


def answer(chosen: Chosen, wanted: Wanted | None) -> tuple[Shown, ...]:
    """What the page shows, one a form; nothing before anything was measured."""
    if chosen.ready is not None and measuring.of_page("audit").wanted is None:
        st.caption(_("Read from the two runs of lm-evaluation-harness. No model was run."))
        kept = runner.keep("audit", chosen.ready, device_queue.store())
        return (Shown(chosen.ready, kept.key),)

    def draw(step: Progress, status: DeltaGenerator) -> None:
        status.progress(step.done / max(step.total, 1), _pace(step))

    return measuring.shown("audit", wanted, draw)


def _pace(step: Progress) -> str:
    if step.floor:
        return _("All is measured and kept; now the noise floor…")
    if step.null:
        return measuring.of_null(step.done, step.total)
    words = [_("{done:,} of {total:,}", done=step.done, total=step.total)]
    if step.resumed:
        words[0] += " " + _("({n:,} from an earlier start)", n=step.resumed)
    if step.left_out:
        words.append(ngettext("{n:,} left out", "{n:,} left out", step.left_out))
    if step.seconds_left is not None:
        words.append(measuring.time_left(step.seconds_left))
    return ", ".join(words)


def most_changed(seen: Seen, *, rows: bool) -> None:
    """The rows that moved most, each one click from Compare; those that may hurt if `rows`."""
    request, table = seen.audit.request, seen.table
    if visitors.here() or seen.audit.provenance.get("baseline", {}).get("made_with"):
        return
    st.header(_("What moved most"), anchor=False)
    if may_hurt(request.source, table) and not rows:
        st.caption(_("Single rows stand here once they are asked for."))
        return
    before, after = (made(seen, side) for side in BOTH)
    for place in by_shift(seen.shift, _MOST):
        text = str(table[TEXT[request.kind]].iloc[place])
        label = _(
            "“{text}” · {shift:.3g} nats · {change}",
            text=plain(shortened(text, 70)),
            shift=float(seen.shift[place]),
            change=plain(_change(before[place], after[place])),
        )
        links.to_compare(
            request.baseline, request.compressed, label, prompt=text, **chat.query(request.chat)
        )
    st.caption(_("Each opens in Compare, where both models go on from it."))


def _change(before: str, after: str) -> str:
    before, after = (shortened(text, 24) or "␣" for text in (before, after))
    return _("{answer} in both", answer=before) if before == after else f"{before} → {after}"


def files(seen: Seen) -> None:
    """The audit as files, and the address that restores this view."""
    stem, table = "fairviz-audit", seen.table
    below.downloads(
        File(
            _("JSON: rows and summary"),
            f"{stem}.json",
            lambda: below.as_json(document(seen.audit, seen.length)),
        ),
        File(_("Parquet: one row each"), f"{stem}.parquet", lambda: table.to_parquet(index=False)),
        File(_("CSV: one row each"), f"{stem}.csv", lambda: csv_file.written(table)),
    )
