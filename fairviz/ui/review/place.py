"""Which review, who answers it, and at which pair they are."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.review.request import Review
from fairviz.analyses.review.reviews import Closed, Reviews, named
from fairviz.i18n import _

# The address names the review and the person, and nothing that tells a model.
REVIEW, REVIEWER = "review", "reviewer"
_AT, _SEEN, _ENDED = "_review_at", "_review_unblinded", "_review_ended"


def reviews() -> Reviews:
    """The reviews on disk."""
    return Reviews()


def reviewer() -> str:
    """Who answers; empty where nobody has said."""
    typed = st.query_params.get(REVIEWER, "")
    return named(typed) if typed.strip() else ""


def go(review: str = "", who: str = "") -> None:
    """Turn to a review, to one person's part of it, or, with neither, to all reviews."""
    for key, word in ((REVIEW, review), (REVIEWER, who)):
        if word:
            st.query_params[key] = word
        else:
            st.query_params.pop(key, None)
    st.session_state.pop(_AT, None)


def at(review: Review, first: int) -> int:
    """The place of the pair that is shown; `first` when the person has just come."""
    place = int(st.session_state.setdefault(_AT, first))
    return min(max(place, 0), len(review.items) - 1)


def turn(place: int) -> None:
    """Show the pair at another place."""
    st.session_state[_AT] = place


def unblind(review: str) -> None:
    """Remember that this viewer has seen the result without answering."""
    st.session_state[_SEEN] = {*st.session_state.get(_SEEN, ()), review}


def unblinded(review: str) -> bool:
    """Whether this viewer has seen the result without answering."""
    return review in st.session_state.get(_SEEN, ())


def ended(review: str, who: str) -> None:
    """Remember that this person has ended their review here, so that it is their result."""
    st.session_state[_ENDED] = {*st.session_state.get(_ENDED, ()), (review, who)}


def sees_result(review: Review, who: str) -> bool:
    """Whether the result may be shown: to whoever has ended, or does not judge at all.

    Raises:
        Closed: If somebody who has seen the result would judge.
    """
    if who:
        if reviews().answers(review, who).finished:
            # Anyone may open the result of a person who has ended, and then cannot judge.
            if (review.name, who) not in st.session_state.get(_ENDED, ()):
                unblind(review.name)
            return True
        if unblinded(review.name):
            raise Closed(
                _("You have seen the result of this review, so you cannot judge it blind."),
                fix=_("Leave it to somebody else, in a browser of their own."),
            )
        return False
    return unblinded(review.name)
