"""Going on from another token: a comparison whose first tokens another one wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

from fairviz.analyses.called import Result, Where, answered, tokens
from fairviz.analyses.comparison.request import Branch, Comparison, ComparisonRequest
from fairviz.analyses.comparison.run import measure
from fairviz.core.errors import BadSpec
from fairviz.i18n import _


def branched(
    parent: Comparison, key: str, at: int, token: str | int, side: str = "baseline"
) -> ComparisonRequest:
    """The question that goes on from another token of a run, with all of its settings.

    Args:
        key: Of the run; empty where it is not kept.
        at: Index of the token in the text of `side`.
        token: The other token: its id, or its text among those that one of the models found
            likeliest there.
        side: Whose text, `baseline` or `compressed`.

    Raises:
        BadSpec: If there is no such token.
    """
    if side not in parent.texts:
        raise BadSpec(
            _("There is no text of {side}.", side=repr(side)), fix=_("Say baseline or compressed.")
        )
    text = parent.texts[side]
    if not 0 <= at < len(text):
        raise BadSpec(
            _("The text of the {side} model has no token {at}.", side=_(side), at=at),
            fix=_("Count from 0; it has {n}.", n=len(text)),
        )
    offered = alternatives(parent, at, side)
    chosen = [one for one, word in offered.items() if token in (one, word)]
    if not chosen:
        words = ", ".join(map(repr, offered.values()))
        raise BadSpec(
            _("{token} is none of the likeliest tokens there.", token=repr(token)),
            fix=_("Name one of {names}.", names=words),
        )
    same = parent.first_divergence is None or at <= parent.first_divergence
    if same and at < len(parent.on_baseline):
        side = "baseline"  # up to there it is one text
    before = parent.request.branch
    ids = (*(before.ids if before else ()), *map(int, text.ids[:at]), chosen[0])
    tokens = (*(before.tokens if before else ()), *text.tokens[:at], offered[chosen[0]])
    return replace(parent.request, branch=Branch(key, side, at, ids, tokens))


def alternatives(parent: Comparison, at: int, side: str) -> dict[int, str]:
    """Ids and texts of what either model found likeliest at a place, the likeliest first, and of
    what is written there."""
    text = parent.texts[side]
    shares = {
        (int(token_id), word): float(share)
        for trace in (text.compressed, text.baseline)
        for token_id, share, word in zip(
            trace.top_ids[at], trace.top_log_probs[at], trace.top_tokens[at], strict=True
        )
    }
    offered = dict(sorted(shares, key=shares.__getitem__, reverse=True))
    return {int(text.ids[at]): text.tokens[at]} | offered


def branch(
    parent: str, at: int, token: str | int, *, on: str = "baseline", **where: Unpack[Where]
) -> Result[Comparison]:
    """Both models go on from another token of a comparison, with all of its settings.

    Args:
        parent: Key of that comparison.
        at: Index of the token in one of its texts.
        token: What stands there instead: an id, or a text among either model's likeliest there.
        on: Whose text, `baseline` or `compressed`.
        where: Fields of `Where`.

    Raises:
        BadSpec: If there is no such comparison or token.
    """
    from fairviz.analyses.store import Store

    known = Store().load("comparison", parent)
    if known is None:
        raise BadSpec(
            _("No comparison on this machine has the key {key!r}.", key=parent),
            fix=_("Take the key that the command printed, or that the page’s address names."),
        )
    request = branched(known, parent, at, token, on)
    return answered("comparison", request, measure(request), lambda it: tokens(it.texts), **where)
