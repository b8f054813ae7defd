"""What the page calls what it shows, by what was asked: prompts, or questions of a task."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.i18n import N_, ngettext


class Words(NamedTuple):
    """Sentences about the rows of one kind of audit.

    Attributes:
        points: Its caption, for an axis that is linear.
        points_log: The same for a logarithmic one.
        changed: Title of the second figure.
        rate: That figure, in words.
        held: Its caption.
    """

    points: str
    points_log: str
    changed: str
    rate: str
    held: str


_PROMPTS = Words(
    N_(
        "One point per prompt; squares: mean of a bin of as many prompts each, with its 95 % "
        "interval."
    ),
    N_(
        "One point per prompt; squares: geometric mean of a bin of as many prompts each, with its "
        "95 % interval."
    ),
    N_("How often the most likely next token changed"),
    N_("The share of prompts that changed in each bin of the baseline's uncertainty."),
    N_("Wilson's 95 % interval. Each dot holds about as many prompts."),
)
_QUESTIONS = Words(
    N_(
        "One point per question; squares: mean of a bin of as many questions each, with its 95 % "
        "interval."
    ),
    N_(
        "One point per question; squares: geometric mean of a bin of as many questions each, with "
        "its 95 % interval."
    ),
    N_("How often the answer changed"),
    N_("The share of questions that changed in each bin of the baseline's uncertainty."),
    N_("Wilson's 95 % interval. Each dot holds about as many questions."),
)
WORDS = {
    "prompts": _PROMPTS,
    "items": _QUESTIONS,
    "answers": _QUESTIONS._replace(changed=N_("How often the words changed")),
}

# Columns that tell rows apart, and the others that a file of one's own may have.
FIELDS = {
    "text": N_("Text"),
    "id": N_("Id"),
    "language": N_("Language"),
    "theme": N_("Theme"),
    "group": N_("Group"),
    "template": N_("Template"),
}
PARTS = {"language": N_("language"), "theme": N_("theme"), "group": N_("group")}
BY_PART = {
    "language": N_("By language"),
    "theme": N_("By theme"),
    "group": N_("By group"),
}


def counted(kind: str, n: int) -> str:
    """How many of what, such as `60 prompts`."""
    if kind == "prompts":
        return ngettext("{n:,} prompt", "{n:,} prompts", n)
    return ngettext("{n:,} question", "{n:,} questions", n)
