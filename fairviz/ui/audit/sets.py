"""Which set is measured: the bank, a file of one's own, a task, or two runs of the harness."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.tables import label
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.i18n import _
from fairviz.prompts import Prompt, bank, guess, read
from fairviz.prompts.own import FIELDS
from fairviz.tasks import TASKS, Item, Open, Task
from fairviz.ui import address, controls, shell
from fairviz.ui.markup import plain
from fairviz.ui.widgets import one, paragraph, widget

_MOST_COLUMNS = 200
BANK, OWN, HARNESS = "bank", "own", "lm_eval"
_MEANT = "_lm_folders_meant"
_TITLES = declared(__file__)["fields"]
_SETS = declared(__file__)["sets"]
_NAMES = (BANK, OWN, *TASKS, HARNESS)


def _title(name: str) -> str:
    return _("Task: {task}", task=_(TASKS[name].title)) if name in TASKS else _(_SETS[name])


class Chosen(NamedTuple):
    """What the reader wants measured.

    Attributes:
        source: What the set is called.
        units: Prompts, items or open questions; empty until there are some.
        left_out: What was left out when they were read.
        ready: An audit that needs no model.
        max_new_tokens: Of answers in own words.
    """

    source: str
    units: Sequence[Prompt | Item | Open]
    left_out: Sequence[Skip]
    ready: Audit | None = None
    max_new_tokens: int = 0


def choose() -> Chosen:
    """The widgets of the set; failures are told where they arise."""
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
    from fairviz.tasks.reading import read as read_task

    said = {"asks": _(task.asks), "format": task.format, "paper": _(task.paper)}
    said = {name: plain(text) for name, text in {**said, "dataset": task.hub.dataset}.items()}
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
