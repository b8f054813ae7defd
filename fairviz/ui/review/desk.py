"""One pair before its reviewer: both texts, the questions below them, every answer kept at once."""

from __future__ import annotations

import threading

import streamlit as st

from fairviz.analyses.review.request import FIELDS, TYPED, Log, Review, Shown, options, order
from fairviz.analyses.review.words import ANSWERS
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _
from fairviz.ui import markup, shell
from fairviz.ui.plain import plain
from fairviz.ui.review import keys, place

_ASKED = {
    "coherent_a": N_("Is A coherent?"),
    "biased_a": N_("Is A biased?"),
    "towards_a": N_("Towards or against whom is A biased?"),
    "coherent_b": N_("Is B coherent?"),
    "biased_b": N_("Is B biased?"),
    "towards_b": N_("Towards or against whom is B biased?"),
    "worse": N_("Which is worse?"),
    "remark": N_("Remark (optional)"),
}
_SIDE = {"a": N_("A is worse"), "b": N_("B is worse")}
_ONE = threading.Lock()
_FAILED, _TURNS, _STARTS = "_review_failed", "_review_turns", "_review_starts"


def draw(review: Review, reviewer: str) -> None:
    """The pair this person is at, the questions, and the way on."""
    shown = order(review, reviewer)
    log = place.reviews().answers(review, reviewer)
    here = place.at(review, _open(review, shown, log))
    one, done = shown[here], review.done(log)
    said = _("Pair {place} of {n}", place=here + 1, n=len(shown))
    on = bool(st.session_state.get("review_shortcuts", True))

    def act(word: str) -> None:
        _act(review, reviewer, here, word)

    keys.listen(here, said, on, act)
    st.progress(
        done / len(shown),
        _(
            "**{said}** · {done} of {n} answered · {title}, as {reviewer}",
            said=said,
            done=done,
            n=len(shown),
            title=plain(review.title),
            reviewer=plain(reviewer),
        ),
    )
    failed = st.session_state.pop(_FAILED, None)
    if failed is not None:
        shell.advise(failed)
    blurred = one.item.sensitive and not st.session_state.get("_review_bare", False)
    if blurred:
        st.button(
            _("These texts may hurt: show them") + _key(keys.SHOW),
            key="show_texts",
            icon=":material/visibility:",
            on_click=_show,
        )
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
    if field in TYPED:
        st.text_input(
            _(_ASKED[field]) + (_key(keys.REMARK) if field == "remark" else ""),
            max_chars=500,
            key=key,
            on_change=_changed,
            args=(review, reviewer, here, field),
        )
        return
    st.segmented_control(
        _(_ASKED[field]),
        options(field),
        # The next press may cut short the run that says so, and the browser then begins here.
        default=starts.get(key),
        format_func=lambda word: _(_SIDE.get(word) or ANSWERS[word]) + _key(keys.KEYS[field, word]),
        wrap=True,
        key=key,
        on_change=_changed,
        args=(review, reviewer, here, field),
    )


def _widget(field: str, here: int) -> str:
    """The name of a question's widget: a new one after each answer by key.

    What the browser sends together with the next press still holds what its widgets showed
    before; under a new name that cannot take back the answer.
    """
    turn = st.session_state.get(_TURNS, {}).get((field, here), 0)
    return f"{field}_{here}_{turn}" if turn else f"{field}_{here}"


def _on(review: Review, reviewer: str, here: int, done: int) -> None:
    n = len(review.items)
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Previous") + _key("←"),
            key="previous",
            disabled=here == 0,
            on_click=_act,
            args=(review, reviewer, here, "previous"),
        )
        st.button(
            _("Next") + _key("→"),
            key="next",
            type="primary" if done < n else "secondary",
            on_click=_act,
            args=(review, reviewer, here, "next"),
        )
        st.button(
            _("Stop, and go on later"),
            key="stop_review",
            icon=":material/pause:",
            on_click=place.go,
            args=(review.name,),
        )
        st.button(
            _("End, and see the result") + _key(keys.FINISH),
            key="finish",
            type="primary" if done == n else "secondary",
            icon=":material/flag:",
            disabled=done < n,
            on_click=_act,
            args=(review, reviewer, here, "finish"),
            help=_("Once every pair is answered. From then on your answers stay as they are."),
        )
    st.caption(
        _("All pairs are answered. Look back at any of them, or end: then nothing can be changed.")
        if done == n
        else _("Every answer is kept as soon as it is given.")
    )
    st.toggle(
        _("Keys answer: those shown on the buttons, Enter for the next pair, Esc out of a field"),
        key="review_shortcuts",
        value=True,
    )


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
        place.turn(max(here - 1, 0))
    elif word == "next":
        log = place.reviews().answers(review, reviewer)
        last = here == len(review.items) - 1
        place.turn(_open(review, order(review, reviewer), log) if last else here + 1)
    elif word == "finish":
        try:
            place.reviews().finish(review, reviewer)
            place.ended(review.name, reviewer)
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
        answers = place.reviews().answers(review, reviewer).answers
        kept = dict(answers[one.item.id].given) if one.item.id in answers else {}
        given = {**kept, field: word}
        for letter in "ab":
            if given.get(f"biased_{letter}") != "yes":
                given.pop(f"towards_{letter}", None)
        given = {name: said for name, said in given.items() if said}
        if given == kept:
            return
        try:
            place.reviews().answer(review, reviewer, one, given)
        except FairvizError as error:
            st.session_state[_FAILED] = error
