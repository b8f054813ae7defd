"""One pair before its reviewer: both texts, the questions below them, every answer kept at once,
by button or by key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from fairviz.analyses.review.request import FIELDS, TYPED, Log, Review, Shown, options, order
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.review.words import ANSWERS
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _
from fairviz.ui import markup, shell
from fairviz.ui.markup import plain
from fairviz.ui.review import enter
from fairviz.ui.widgets import paragraph, widget

_KEYS_WIDGET = "review_keys"
# Keys that lie in one row on French, English and German keyboards alike.
_ROWS = {
    "coherent_a": "123",
    "biased_a": "456",
    "coherent_b": "789",
    "biased_b": "uio",
    "worse": "abn",
}
KEYS = {
    (field, word): sign
    for field, signs in _ROWS.items()
    for word, sign in zip(options(field), signs, strict=True)
}
SHOW, FINISH, REMARK = "s", "e", "m"
_SEEN = "_review_seen"
_PRESSES = threading.Lock()

_mount = st.components.v2.component(
    "fairviz.review_keys", js=(Path(__file__).with_name("keys.js")).read_text(encoding="utf-8")
)


def listen(place: int, told: str, on: bool, act: Callable[[str], None]) -> None:
    """Listen to the keys of the pair at a place; one that was meant for another does nothing.

    Args:
        told: What a screen reader says when the pair comes up.
        on: Whether keys answer at all.
        act: Called with `next`, `previous`, `show`, `finish` or `field:answer`, in the order of
            the presses.
    """
    words = {sign: f"{field}:{word}" for (field, word), sign in KEYS.items()}
    words |= {SHOW: "show", FINISH: "finish", REMARK: f"to:remark_{place}"}
    _mount(
        key=_KEYS_WIDGET,
        data={"place": place, "told": told, "on": on, "keys": words},
        on_pressed_change=lambda: _take(place, act),
    )


def _take(place: int, act: Callable[[str], None]) -> None:
    # A press that comes while the page is drawn starts another thread beside this one, and both
    # hold the same presses: one at a time, and each is seen as soon as it is done.
    with _PRESSES:
        held: Mapping[str, Any] = st.session_state.get(_KEYS_WIDGET) or {}
        for number, at, word in held.get("pressed") or []:
            if number <= st.session_state.get(_SEEN, 0):
                continue
            if at == place:
                act(str(word))
            st.session_state[_SEEN] = number


_SIDE = {"a": N_("A is worse"), "b": N_("B is worse")}
_ONE = threading.Lock()
_FAILED, _TURNS, _STARTS = "_review_failed", "_review_turns", "_review_starts"


def draw(review: Review, reviewer: str) -> None:
    """The pair this person is at, the questions, and the way on."""
    shown = order(review, reviewer)
    log = Reviews().answers(review, reviewer)
    here = enter.at(review, _open(review, shown, log))
    one, done = shown[here], review.done(log)
    said = _("Pair {place} of {n}", place=here + 1, n=len(shown))
    on = bool(st.session_state.get("review_shortcuts", True))

    def act(word: str) -> None:
        _act(review, reviewer, here, word)

    listen(here, said, on, act)
    who = {"title": plain(review.title), "reviewer": plain(reviewer)}
    st.progress(done / len(shown), paragraph("answered", said=said, done=done, n=len(shown), **who))
    failed = st.session_state.pop(_FAILED, None)
    if failed is not None:
        shell.advise(failed)
    blurred = one.item.sensitive and not st.session_state.get("_review_bare", False)
    if blurred:
        st.button(**_with_key("show_texts", SHOW), on_click=_show)
    markup.draw("prompt", text=one.item.prompt, blurred=blurred)
    given = dict(log.answers[one.item.id].given) if one.item.id in log.answers else {}
    for column, letter, body in zip(st.columns(2, gap="medium"), "ab", one.texts, strict=True):
        with column:
            title = letter.upper()
            markup.draw("text", title=title, text=body, side="", blurred=blurred, name=title)
            for name in ("coherent", "biased", "towards"):
                if name != "towards" or given.get(f"biased_{letter}") == "yes":
                    _ask(review, reviewer, here, f"{name}_{letter}", given)
    _ask(review, reviewer, here, "worse", given)
    _ask(review, reviewer, here, "remark", given)
    _on(review, reviewer, here, done)


def _ask(review: Review, reviewer: str, here: int, field: str, given: dict[str, str]) -> None:
    key = _widget(field, here)
    starts = st.session_state.setdefault(_STARTS, {})
    if key not in st.session_state:
        st.session_state[key] = starts[key] = given.get(field, "" if field in TYPED else None)
    asked: dict[str, Any] = {
        **widget(field),
        "key": key,
        "on_change": _changed,
        "args": (review, reviewer, here, field),
    }
    if field in TYPED:
        asked["label"] += _key(REMARK) if field == "remark" else ""
        st.text_input(**asked, max_chars=500)
        return
    st.segmented_control(
        **asked,
        options=options(field),
        # The next press may cut short the run that says so, and the browser then begins here.
        default=starts.get(key),
        format_func=lambda word: _(_SIDE.get(word) or ANSWERS[word]) + _key(KEYS[field, word]),
        wrap=True,
    )


def _widget(field: str, here: int) -> str:
    """The name of a question's widget: a new one after each answer by key.

    What the browser sends together with the next press still holds what its widgets showed
    before; under a new name that cannot take back the answer.
    """
    turn = st.session_state.get(_TURNS, {}).get((field, here), 0)
    return f"{field}_{here}_{turn}" if turn else f"{field}_{here}"


def _on(review: Review, reviewer: str, here: int, done: int) -> None:
    n, at = len(review.items), (review, reviewer, here)
    whole = done == n
    with st.container(horizontal=True, gap="small"):
        back, on = _with_key("previous", "←"), _with_key("next", "→")
        st.button(**back, disabled=here == 0, on_click=_act, args=(*at, "previous"))
        on["type"], end = "secondary" if whole else "primary", _with_key("finish", FINISH)
        st.button(**on, on_click=_act, args=(*at, "next"))
        st.button(**widget("stop_review"), on_click=enter.go, args=(review.name,))
        end["type"] = "primary" if whole else "secondary"
        st.button(**end, disabled=not whole, on_click=_act, args=(*at, "finish"))
    if whole:
        st.caption(paragraph("all_answered"))
    st.toggle(**widget("review_shortcuts"), value=True)


def _with_key(name: str, sign: str) -> dict[str, Any]:
    """A declared widget whose label ends with the key that presses it."""
    words = widget(name)
    return {**words, "label": words["label"] + _key(sign)}


def _key(sign: str) -> str:
    return f" `{sign}`"


def _open(review: Review, shown: tuple[Shown, ...], log: Log) -> int:
    """The first pair that is not answered whole; the last one when all are."""
    answers = log.answers
    for number, one in enumerate(shown):
        if one.item.id not in answers or not answers[one.item.id].complete:
            return number
    return len(shown) - 1


def _show() -> None:
    st.session_state["_review_bare"] = True


def _act(review: Review, reviewer: str, here: int, word: str) -> None:
    """Do what a key or a button says."""
    if word == "show":
        _show()
    elif word == "previous":
        enter.turn(max(here - 1, 0))
    elif word == "next":
        log = Reviews().answers(review, reviewer)
        last = here == len(review.items) - 1
        enter.turn(_open(review, order(review, reviewer), log) if last else here + 1)
    elif word == "finish":
        try:
            Reviews().finish(review, reviewer)
            enter.ended(review.name, reviewer)
        except FairvizError as error:
            st.session_state[_FAILED] = error
    else:
        field, _rest, answer = word.partition(":")
        if field in FIELDS and answer in options(field):
            turns = st.session_state.setdefault(_TURNS, {})
            turns[field, here] = turns.get((field, here), 0) + 1
            _keep(review, reviewer, here, field, answer)


def _changed(review: Review, reviewer: str, here: int, field: str) -> None:
    word = st.session_state.get(_widget(field, here))
    _keep(review, reviewer, here, field, str(word or "").strip())


def _keep(review: Review, reviewer: str, here: int, field: str, word: str) -> None:
    """Write an answer to one question beside those to the others, read and written in one go."""
    with _ONE:
        one = order(review, reviewer)[here]
        answers = Reviews().answers(review, reviewer).answers
        kept = dict(answers[one.item.id].given) if one.item.id in answers else {}
        given = {**kept, field: word}
        for letter in "ab":
            if given.get(f"biased_{letter}") != "yes":
                given.pop(f"towards_{letter}", None)
        given = {name: said for name, said in given.items() if said}
        if given == kept:
            return
        try:
            Reviews().answer(review, reviewer, one, given)
        except FairvizError as error:
            st.session_state[_FAILED] = error
