"""Which set is measured: the bank, a file of one's own, a task, or two runs of the harness."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.words import label
from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _
from fairviz.prompts import Prompt, bank, guess, read
from fairviz.prompts.own import FIELDS
from fairviz.tasks import TASKS, Item, Open, Task
from fairviz.ui import address, shell, skipped
from fairviz.ui.plain import plain

_MOST_COLUMNS = 200
_FIELD_TITLES = {
    "text": N_("Text"),
    "id": N_("Id"),
    "language": N_("Language"),
    "theme": N_("Theme"),
    "group": N_("Group"),
    "template": N_("Template"),
}
BANK, OWN, HARNESS = "bank", "own", "lm_eval"
_MEANT = "_lm_folders_meant"
_TITLES = {
    BANK: N_("fairviz's prompts, French and English"),
    OWN: N_("Prompts of your own (a file)"),
    **{name: task.title for name, task in TASKS.items()},
    HARNESS: N_("Two runs of lm-evaluation-harness (no model is run)"),
}


def _title(name: str) -> str:
    title = _(_TITLES[name])
    return _("Task: {task}", task=title) if name in TASKS else title


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
    address.follow("set", list(_TITLES), _title, BANK)
    name = st.selectbox(
        _("Set"),
        list(_TITLES),
        key="set",
        format_func=_title,
        help=_(
            "What both models are asked. Nothing is written but the answers of TruthfulQA in its "
            "own words: their next-token probabilities are read."
        ),
    )
    address.write("set", name, BANK)
    try:
        if name == BANK:
            return _bank()
        if name == OWN:
            return _own()
        if name == HARNESS:
            return _harness()
        return _task(TASKS[str(name)])
    except FairvizError as error:
        shell.advise(error)
        return Chosen(str(name), (), ())


def _bank() -> Chosen:
    prompts = bank()
    wanted = {}
    for field, column in zip(("language", "theme", "group"), st.columns(3), strict=True):
        with column:
            options = sorted({getattr(one, field) for one in prompts} - {""})
            wanted[field] = _several(field, options)
    kept = [
        one
        for one in prompts
        if all(not said or getattr(one, field) in said for field, said in wanted.items())
    ]
    if not kept:
        st.info(_("No prompt has all of these. Take one of the choices away."))
    return Chosen("bank", kept, ())


def _several(field: str, options: list[str]) -> list[str]:
    address.follow(f"of_{field}", options, str, [])
    said = st.multiselect(
        _(_FIELD_TITLES[field]),
        options,
        key=f"of_{field}",
        format_func=lambda value: label(value, BANK),
        placeholder=_("all"),
    )
    address.write(f"of_{field}", said, [])
    return list(said)


def _own() -> Chosen:
    file = st.file_uploader(
        _("A file of prompts"),
        type=["csv", "tsv", "jsonl", "json", "txt", "parquet"],
        key="own_file",
        help=_(
            "CSV, JSON Lines, a JSON list, Parquet, or plain text with one prompt a line. "
            "Columns text, language, theme and group are found by their names. It stays on this "
            "machine."
        ),
    )
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
                    _(_FIELD_TITLES[field]),
                    columns,
                    index=columns.index(found[field]) if field in found else None,
                    key=f"column_{field}_{file.file_id}",
                    placeholder=_("none"),
                )
            if said is not None:
                chosen[field] = said
    prompts, lost, _rest = read(content, file.name, chosen)
    skipped.draw(len(prompts), lost)
    return Chosen(file.name, prompts, lost)


def _task(task: Task) -> Chosen:
    from fairviz.tasks.reading import read as read_task

    st.caption(
        _(
            "{asks} Prompt: {format} Source: {paper}. On the Hub: {dataset}.",
            asks=plain(_(task.asks)),
            format=plain(task.format),
            paper=plain(_(task.paper)),
            dataset=plain(task.hub.dataset),
        )
    )
    file = st.file_uploader(
        _("The task's file, in one of its public formats"),
        type=["csv", "tsv", "jsonl", "json", "parquet"],
        key=f"file_{task.name}",
        help=_("As its authors publish it, or as it is downloaded from the Hub."),
    )
    labels = None
    if task.name == "piqa":
        labels = st.file_uploader(
            _("Its labels, where they are in a file of their own"),
            type=["lst", "txt"],
            key="labels",
        )
    with st.expander(_("How it is asked")):
        before = st.text_area(
            _("Text before every question"),
            key="preamble",
            help=_(
                "Worked examples or an instruction; {group} in it is the question's subject. The "
                "harness has some for TruthfulQA and MMLU, which are not shipped here."
            ),
        )
        limit = st.number_input(
            _("Only the first so many questions (0: all)"), 0, 1_000_000, 0, key="limit"
        )
        most = 0
        if task.kind == "generation":
            most = st.number_input(_("New tokens of an answer"), 1, 512, 50, key="answer_tokens")
    if file is None:
        st.info(
            _(
                "Choose the task's file. Where this machine has a network, python -m fairviz audit "
                "--task {task} --items hub: fetches it.",
                task=task.name,
            )
        )
        return Chosen(task.name, (), ())
    given = None if labels is None else labels.getvalue()
    found = read_task(task, file.getvalue(), file.name, labels=given, preamble=before)
    skipped.draw(len(found.items), found.left_out)
    return Chosen(task.name, found.items[: limit or None], found.left_out, None, int(most))


def _harness() -> Chosen:
    from fairviz.analyses.audit.harness import read as read_runs

    folders = []
    names = {
        "lm_baseline": _("The baseline's folder"),
        "lm_compressed": _("The compressed model's"),
    }
    for column, (key, title) in zip(st.columns(2), names.items(), strict=True):
        with column:
            folders.append(
                st.text_input(
                    title,
                    key=key,
                    bind="query-params",
                    on_change=_folders_typed,
                    placeholder=_("/path/of/--output_path"),
                    help=_("What lm_eval --output_path FOLDER --log_samples has left."),
                )
            )
    task = st.text_input(
        _("Task"),
        key="lm_task",
        bind="query-params",
        help=_("Where the runs have several in common."),
    )
    if not all(folders):
        st.info(_("Give the folders of two runs of lm_eval with --log_samples on the same tasks."))
        return Chosen(HARNESS, (), ())
    if not _folders_meant(folders):
        return Chosen(HARNESS, (), ())
    first, second = (Path(os.path.expanduser(folder)) for folder in folders)
    return Chosen(HARNESS, (), (), read_runs(first, second, task))


def _folders_meant(folders: list[str]) -> bool:
    """Whether the reader has typed these folders or said to read them, and no link alone did."""
    if st.session_state.get(_MEANT) == folders:
        return True
    st.info(
        _("The link names folders of this machine. They are read once you say so."),
        icon=":material/folder_open:",
    )
    if not st.button(_("Read these folders"), key="lm_read"):
        return False
    st.session_state[_MEANT] = folders
    return True


def _folders_typed() -> None:
    st.session_state[_MEANT] = [st.session_state["lm_baseline"], st.session_state["lm_compressed"]]
