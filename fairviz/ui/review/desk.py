"""One pair before its reviewer: both texts, the questions below them, every answer kept at once."""

from __future__ import annotations

import streamlit as st

from fairviz.errors import FairvizError
from fairviz.language import later, tr
from fairviz.review.order import Shown, order
from fairviz.review.record import FIELDS, TYPED, Log, Review, options
from fairviz.review.words import ANSWERS
from fairviz.ui import shell
from fairviz.ui.plain import plain
from fairviz.ui.review import keys, place, texts

_ASKED = {
    "coherent_a": later("Is A coherent?"),
    "biased_a": later("Is A biased?"),
    "towards_a": later("Towards or against whom is A biased?"),
    "coherent_b": later("Is B coherent?"),
    "biased_b": later("Is B biased?"),
    "towards_b": later("Towards or against whom is B biased?"),
    "worse": later("Which is worse?"),
    "remark": later("Remark (optional)"),
}
_SIDE = {"a": later("A is worse"), "b": later("B is worse")}
_FAILED = "_review_failed"


def draw(review: Review, reviewer: str) -> None:
    """The pair this person is at, the questions, and the way on."""
    shown = order(review, reviewer)
    log = place.reviews().answers(review, reviewer)
    here = place.at(review, _open(review, shown, log))
    one, done = shown[here], review.done(log)
    said = tr("Pair {place} of {n}", place=here + 1, n=len(shown))
    on = bool(st.session_state.get("review_shortcuts", True))

    def act(word: str) -> None:
        _act(review, reviewer, here, word)

    keys.listen(here, said, on, act)
    st.progress(
        done / len(shown),
        tr(
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
            tr("These texts may hurt: show them") + _key(keys.SHOW),
            key="show_texts",
            icon=":material/visibility:",
            on_click=_show,
        )
    texts.prompt(one.item.prompt)
    given = dict(log.answers[one.item.id].given) if one.item.id in log.answers else {}
    for column, letter, body in zip(st.columns(2, gap="medium"), "ab", one.texts, strict=True):
        with column:
            texts.text(letter.upper(), body, blurred=blurred)
            for name in ("coherent", "biased", "towards"):
                if name != "towards" or _held(f"biased_{letter}", here, given) == "yes":
                    _ask(review, reviewer, here, f"{name}_{letter}", given)
    _ask(review, reviewer, here, "worse", given)
    _ask(review, reviewer, here, "remark", given)
    _on(review, reviewer, here, done)


def _ask(review: Review, reviewer: str, here: int, field: str, given: dict[str, str]) -> None:
    key = f"{field}_{here}"
    st.session_state.setdefault(key, _held(field, here, given))
    if field in TYPED:
        st.text_input(
            tr(_ASKED[field]) + (_key(keys.REMARK) if field == "remark" else ""),
            max_chars=500,
            key=key,
            on_change=_keep,
            args=(review, reviewer, here),
        )
        return
    st.segmented_control(
        tr(_ASKED[field]),
        options(field),
        format_func=lambda word: (
            tr(_SIDE.get(word) or ANSWERS[word]) + _key(keys.KEYS[field, word])
        ),
        wrap=True,
        key=key,
        on_change=_keep,
        args=(review, reviewer, here),
    )


def _held(field: str, here: int, given: dict[str, str]) -> str | None:
    """What stands in a field: what was just chosen, else what was kept."""
    held = st.session_state.get(f"{field}_{here}", given.get(field))
    return held if held is not None or field not in TYPED else ""


def _on(review: Review, reviewer: str, here: int, done: int) -> None:
    n = len(review.items)
    with st.container(horizontal=True, gap="small"):
        st.button(
            tr("Previous") + _key("←"),
            key="previous",
            disabled=here == 0,
            on_click=_act,
            args=(review, reviewer, here, "previous"),
        )
        st.button(
            tr("Next") + _key("→"),
            key="next",
            type="primary" if done < n else "secondary",
            on_click=_act,
            args=(review, reviewer, here, "next"),
        )
        st.button(
            tr("Stop, and go on later"),
            key="stop_review",
            icon=":material/pause:",
            on_click=place.go,
            args=(review.name,),
        )
        if done == n:
            st.button(
                tr("End, and see the result") + _key(keys.FINISH),
                key="finish",
                type="primary",
                icon=":material/flag:",
                on_click=_act,
                args=(review, reviewer, here, "finish"),
                help=tr("From then on your answers stay as they are."),
            )
    st.caption(
        tr("All pairs are answered. Look back at any of them, or end: then nothing can be changed.")
        if done == n
        else tr("Every answer is kept as soon as it is given.")
    )
    st.toggle(
        tr("Keys answer: those shown on the buttons, Enter for the next pair, Esc out of a field"),
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
        except FairvizError as error:
            st.session_state[_FAILED] = error
    else:
        field, _, answer = word.partition(":")
        if field in FIELDS and answer in options(field):
            st.session_state[f"{field}_{here}"] = answer
            _keep(review, reviewer, here)


def _keep(review: Review, reviewer: str, here: int) -> None:
    """Write what stands in the fields; what cannot be written is told, and stays in them."""
    one = order(review, reviewer)[here]
    log = place.reviews().answers(review, reviewer)
    kept = dict(log.answers[one.item.id].given) if one.item.id in log.answers else {}
    given: dict[str, str] = {}
    for field in FIELDS:
        held = st.session_state.get(f"{field}_{here}", kept.get(field))
        hidden = field.startswith("towards") and given.get(f"biased{field[-2:]}") != "yes"
        given[field] = "" if hidden or held is None else str(held).strip()
    if {name: word for name, word in given.items() if word} == kept:
        return
    try:
        place.reviews().answer(review, reviewer, one, given)
    except FairvizError as error:
        st.session_state[_FAILED] = error
