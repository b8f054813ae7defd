"""Settings as widgets, each in the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from fairviz.core.setting import Setting
from fairviz.i18n import _
from fairviz.ui import address
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one


def draw(owner: str, settings: Iterable[Setting]) -> dict[str, Any]:
    """Widgets for settings of a probe, three side by side, and what they say.

    Args:
        owner: The probe's name, with which the keys of the widgets begin.
        settings: Those that are drawn.
    """
    shown = list(settings)
    said = {}
    for start in range(0, len(shown), 3):
        columns = st.columns(3, vertical_alignment="top")
        for setting, column in zip(shown[start : start + 3], columns, strict=False):
            with column:
                said[setting.name] = _widget(f"{owner}_{setting.name}", setting)
    return said


def _widget(key: str, setting: Setting) -> Any:
    title, default, help_ = _(setting.title), setting.default, plain(_(setting.help))
    if setting.choices:
        choices = setting.choices
        return one(title, key, list(choices), lambda name: _(choices[name]), default, help_)
    if setting.upload:
        file = st.file_uploader(title, type=list(setting.upload), key=key, help=help_)
        return default if file is None else (file.getvalue(), file.name)
    if isinstance(default, bool):
        return st.toggle(title, default, key=key, bind="query-params", help=help_)
    if isinstance(default, int | float):
        kind = type(default)
        return st.number_input(
            title,
            min_value=None if setting.minimum is None else kind(setting.minimum),
            max_value=None if setting.maximum is None else kind(setting.maximum),
            value=default,
            step=1 if kind is int else 0.05,
            key=key,
            bind=address.number_bound(key),
            help=help_,
        )
    return st.text_input(
        title,
        str(default),
        key=key,
        bind="query-params",
        help=help_,
        placeholder=_(setting.example) if setting.example else None,
    ).strip()
