"""What a reader can keep of a page: files, and the address that restores it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from fairviz.i18n import _


class File(NamedTuple):
    """One file.

    Attributes:
        title: On its button.
        name: Of the file; its ending says its type.
        content: Makes it when the button is pressed.
        help: What it is good for, for who asks.
        key: Of its button, where two files have one ending.
    """

    title: str
    name: str
    content: Callable[[], str | bytes]
    help: str = ""
    key: str = ""


_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


def draw(*files: File) -> None:
    """A button for each file, and the link."""
    st.header(_("Downloads"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for file in files:
            button(file)
    st.caption(_("Link to this view: the address of this page, here to copy."))
    query = urlencode(st.query_params.to_dict())
    address = f"{st.context.url or ''}{'?' + query if query else ''}"
    st.code(address, language=None, wrap_lines=True)


def button(file: File) -> None:
    """One file."""
    kind = file.name.rpartition(".")[2]
    st.download_button(
        file.title,
        file.content,
        file.name,
        _TYPES[kind],
        key=f"download_{file.key or kind}",
        help=file.help or None,
        on_click="ignore",
        icon=":material/download:",
    )


def as_json(document: Mapping[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False)
