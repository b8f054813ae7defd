"""Why something was not measured, in English as it is kept; `told` says it to the reader."""

from __future__ import annotations

from fairviz.core.set_files import OF_FILES
from fairviz.i18n import N_
from fairviz.i18n.retold import retold
from fairviz.tasks import reasons

FEW_OPTIONS = reasons.FEW_OPTIONS
NO_TOKENS = N_("no tokens")
NO_SUCH_OPTION = N_("a right answer that is no option")
TOO_LONG = N_("does not fit the context")
NOT_FINITE = N_("a log-probability that is not finite")
NOT_FINITE_BASELINE = N_("no finite probabilities under the baseline")
NOT_FINITE_COMPRESSED = N_("no finite probabilities under the compressed model")
NOT_FINITE_BOTH = N_("no finite probabilities under either model")
NO_EMBEDDING = N_("no embedding for the token {token}")

REASONS = (
    NO_TOKENS,
    NO_SUCH_OPTION,
    TOO_LONG,
    NOT_FINITE,
    NOT_FINITE_BASELINE,
    NOT_FINITE_COMPRESSED,
    NOT_FINITE_BOTH,
    NO_EMBEDDING,
    # Of a model that stops while it writes.
    N_("{model} in {dtype} gives no finite probabilities for what follows {token}."),
    # Of `choices.NoTokens`, with its way out.
    N_(
        "The context has no tokens, and this tokenizer puts none before a text. "
        "Give the item a context, such as its question."
    ),
    N_(
        "Option {number} ({option}) has no tokens of its own. "
        "Leave the item out, or give the option a text."
    ),
)


def told(kept: str) -> str:
    """A place or a reason in the current language; others come back as they are."""
    return retold(kept, (*REASONS, *OF_FILES, *reasons.REASONS))
