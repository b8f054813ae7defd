"""Widgets: what each says and looks like is declared in `widgets.toml`, under its key; what a
reader chooses in one stands in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from fairviz.analyses.everyday import PLAIN
from fairviz.analyses.presentation import Option, chosen
from fairviz.core.declared import declared, told
from fairviz.core.setting import Setting
from fairviz.i18n import _
from fairviz.ui import address
from fairviz.ui.markup import plain, unmarked

# More choices than this stand in a list that opens.
_MOST_SIDE_BY_SIDE = 8

_WIDGETS = declared(__file__)
_TEXTS = declared(str(Path(__file__).with_name("texts.toml")))["texts"]


def widget(key: str, of: object = "", **values: Any) -> dict[str, Any]:
    """The arguments of a widget that are declared, in the reader's language, with its key.

    Args:
        key: Of the widget in `widgets.toml`.
        of: What it is about, where a page has several of them; its key ends so.
        values: For the fields of its label.
    """
    declared = dict(_WIDGETS[key])
    if "label" in declared:
        declared["label"] = _(declared["label"], **values)
    for name in ("help", "placeholder"):
        if name in declared:
            declared[name] = _(declared[name])
    if "icon" in declared:
        declared["icon"] = f":material/{declared['icon']}:"
    return {**declared, "key": key if of == "" else f"{key}_{of}"}


def paragraph(key: str, /, **values: Any) -> str:
    """A text of `texts.toml` in the reader's language, its fields filled in; `n` counts where it
    has a singular."""
    return told(_TEXTS[key], **values)


def one(
    label: str,
    key: str,
    options: Sequence[str],
    title: Callable[[str], str],
    default: str = "",
    advice: str = "",
    *,
    segments: bool = False,
    free: bool = False,
    width: Any = "stretch",
) -> str:
    """One of `options`: in a list that opens, first `default` where it is one of them, or as
    `segments` side by side; in a `free` list, something else can be typed too."""
    default = default if default in options else options[0]
    if free:
        known = {*options, *map(title, options)}
        typed = (str(one) for one in (st.query_params.get(key), st.session_state.get(key)) if one)
        options = [*options, *dict.fromkeys(one for one in typed if one not in known)]
    address.follow(key, options, title, default)
    st.session_state.setdefault(key, default)
    # A browser that draws the widget late, after another run, hears of no value but its default.
    held = st.session_state[key] if st.session_state[key] in options else default
    if segments:
        chosen: str | None = st.segmented_control(
            label,
            options,
            default=held,
            required=True,
            wrap=True,
            key=key,
            # The labels of segments and pills are read as Markdown.
            format_func=lambda option: unmarked(title(option)),
            help=advice or None,
        )
    else:
        chosen = st.selectbox(
            label, options, index=options.index(held), key=key, format_func=title,
            help=advice or None, width=width, accept_new_options=free,
        )  # fmt: skip
    address.write(key, chosen, default)
    return default if chosen is None else str(chosen)


def choice(
    key: str,
    default: str = "",
    options: Sequence[str] = (),
    *,
    of: str = "",
    segments: bool = False,
) -> str:
    """One of the choices that are declared of a widget, or of some of them.

    `of` stands before the key in the address, where a page has several of them.
    """
    arguments = _WIDGETS[key]
    titles = arguments["choices"]
    return one(
        _(arguments["label"]),
        f"{of}_{key}" if of else key,
        options or list(titles),
        lambda option: _(titles[option]),
        default,
        _(arguments.get("help", "")),
        segments=segments,
    )


def some(
    label: str, key: str, options: Sequence[str], title: Callable[[str], str], advice: str
) -> tuple[str, ...]:
    """Pills over `options`; none pressed means all."""
    address.follow(key, options, title, [])
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        format_func=lambda option: unmarked(title(option)),
        help=advice,
    )
    address.write(key, list(chosen), [])
    return tuple(chosen) or tuple(options)


def span(label: str, key: str, advice: str) -> tuple[float, float]:
    """A range of shares between 0 and 1, in steps of 0.05."""
    steps = [f"{number / 20:g}" for number in range(21)]
    address.follow(key, steps, str, ["0", "1"])
    held = st.session_state.pop(key, None)
    if held is not None:
        ends = sorted(float(one) for one in held) or [0.0, 1.0]
        st.session_state[f"{key}_ends"] = (ends[0], ends[-1])
    st.session_state.setdefault(f"{key}_ends", (0.0, 1.0))
    chosen: Any = st.slider(label, 0.0, 1.0, step=0.05, key=f"{key}_ends", help=advice)
    low, high = (float(end) for end in chosen)
    address.write(key, [f"{low:g}", f"{high:g}"], ["0", "1"])
    return low, high


def number(key: str, value: float, **more: Any) -> int | float:
    """A number in the address, as `widgets.toml` declares it; of the type of its first `value`."""
    arguments = widget(key) if key in _WIDGETS else {"key": key}
    arguments |= {"value": value, "bind": address.number_bound(key), **more}
    said: int | float = st.number_input(**arguments)
    return said


def plainly() -> bool:
    """The switch of plain words on a page that shows several runs, or one without its options."""
    return bool(_option(PLAIN))


def view(shown: Sequence[Option]) -> dict[str, str | bool]:
    """The same as `options`, opened by a button: for a page whose first screen is its texts."""
    for option in shown:
        # A value is sent once, and what is not open yet would not hear of it: so it is said again.
        if option.name in st.session_state:
            st.session_state[option.name] = st.session_state[option.name]
    with st.popover(_("View"), icon=":material/tune:", key="view"):
        return options(shown)


def options(shown: Sequence[Option]) -> dict[str, str | bool]:
    """What a reader may change of a presentation as a whole, in a row; the value of every option.

    Those of a single picture are drawn above it by `above`, and have their value already.
    """
    held = {option.name: st.session_state.get(option.name) for option in shown}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for option in shown:
            if not option.figure:
                held[option.name] = _option(option)
            elif not isinstance(option.default, bool):
                titles = {value: _(title) for value, title in option.choices}
                address.follow(option.name, list(titles), titles.__getitem__, option.default)
                held[option.name] = st.session_state.setdefault(option.name, option.default)
    return chosen(shown, held)


def above(picture: str, shown: Sequence[Option]) -> None:
    """The options of one picture."""
    for option in shown:
        if option.figure and option.figure == picture:
            _option(option)


def _option(option: Option) -> str | bool:
    title, help_ = _(option.title), _(option.help)
    if isinstance(option.default, bool):
        key = option.name
        return st.toggle(title, option.default, key=key, bind="query-params", help=help_ or None)
    titles = {value: _(title) for value, title in option.choices}
    few = len(titles) <= _MOST_SIDE_BY_SIDE
    return one(
        title,
        option.name,
        list(titles),
        titles.__getitem__,
        option.default,
        help_,
        segments=few,
        width=220,
    )


def settings(owner: str, shown: Iterable[Setting]) -> dict[str, Any]:
    """Widgets for settings of a probe, whose name is `owner`, three side by side; what they say."""
    rest, said = list(shown), {}
    for start in range(0, len(rest), 3):
        columns = st.columns(3, vertical_alignment="top")
        for setting, column in zip(rest[start : start + 3], columns, strict=False):
            with column:
                said[setting.name] = _setting(f"{owner}_{setting.name}", setting)
    return said


def _setting(key: str, setting: Setting) -> Any:
    title, default, help_ = _(setting.title), setting.default, plain(_(setting.help))
    if setting.choices:
        choices = setting.choices

        def called(name: str) -> str:
            return _(choices[name]) if name in choices else name

        return one(title, key, list(choices), called, default, help_, free=setting.free).strip()
    if setting.upload:
        file = st.file_uploader(title, type=list(setting.upload), key=key, help=help_)
        return default if file is None else (file.getvalue(), file.name)
    if isinstance(default, bool):
        return st.toggle(title, default, key=key, bind="query-params", help=help_)
    if isinstance(default, int | float):
        kind = type(default)
        return number(
            key,
            default,
            label=title,
            min_value=None if setting.minimum is None else kind(setting.minimum),
            max_value=None if setting.maximum is None else kind(setting.maximum),
            step=1 if kind is int else 0.05,
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
