"""Models behind servers from Python; see `fairviz.api`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from fairviz.analyses.called import Result, Where, answered, each
from fairviz.analyses.served.request import USUAL_K, Served, ServedRequest
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Decoding, ModelSpec, is_served
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def any_served(baseline: str, compressed: str | Sequence[str]) -> bool:
    """Whether one of the models that are named is behind a server."""
    forms = [compressed] if isinstance(compressed, str) else compressed
    return any(is_served(name.strip()) for name in (baseline, *forms))


def refuse_unasked(top_k_logprobs: int | None) -> None:
    """Refuse a number of tokens that no server is asked for.

    Raises:
        BadSpec: If there is one.
    """
    if top_k_logprobs is not None:
        raise BadSpec(
            _("No server is asked here, and top_k_logprobs is what one is asked for."),
            fix=_("Leave it out, or name a model behind a server: openai:URL#MODEL."),
        )


def refuse_beside(**asked: Any) -> None:
    """Refuse what needs the weights of both models.

    Raises:
        BadSpec: With the name of the first that was asked.
    """
    for name, value in asked.items():
        if value:
            raise BadSpec(
                _("{name} needs the weights of both models.", name=name),
                fix=_("Leave it out beside a model behind a server."),
            )


def served(
    baseline: str,
    compressed: str | Sequence[str],
    text: str,
    decoding: Decoding | None,
    k: int | None,
    **where: Unpack[Where],
) -> Result[Served]:
    """Both models read a text, or go on from it; a row of its frame is a token.

    Args:
        decoding: How both write; None reads the text.
        k: Tokens that a server is asked for at each place; None is the usual number.
        where: Fields of `Where`.
    """
    from fairviz.analyses.served.run import measure

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[Served]:
        request = ServedRequest(one, other, text, USUAL_K if k is None else k, decoding)
        return answered("served", request, measure(request), frame, **where)

    return each(baseline, compressed, ask, where)


def frame(found: Served) -> pd.DataFrame:
    """One row a token; the ends of each number are two columns."""
    import pandas as pd

    sides = [text.tokens.assign(text=text.side or "1") for text in found.texts]
    return pd.concat(sides, ignore_index=True)


def document(run: Result[Served]) -> dict[str, Any]:
    """A run as the command line writes it."""
    return run.value.document() | {"sentences": list(run.present().allowed)}
