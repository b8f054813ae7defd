"""What the page calls what it shows, by what was asked: prompts, or questions of a task."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.i18n import later, trn


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
    later(
        "One point per prompt; squares: mean of a bin of as many prompts each, with its 95 % "
        "interval."
    ),
    later(
        "One point per prompt; squares: geometric mean of a bin of as many prompts each, with its "
        "95 % interval."
    ),
    later("How often the most likely next token changed"),
    later("The share of prompts that changed in each bin of the baseline's uncertainty."),
    later("Wilson's 95 % interval. Each dot holds about as many prompts."),
)
_QUESTIONS = Words(
    later(
        "One point per question; squares: mean of a bin of as many questions each, with its 95 % "
        "interval."
    ),
    later(
        "One point per question; squares: geometric mean of a bin of as many questions each, with "
        "its 95 % interval."
    ),
    later("How often the answer changed"),
    later("The share of questions that changed in each bin of the baseline's uncertainty."),
    later("Wilson's 95 % interval. Each dot holds about as many questions."),
)
WORDS = {
    "prompts": _PROMPTS,
    "items": _QUESTIONS,
    "answers": _QUESTIONS._replace(changed=later("How often the words changed")),
}

# Columns that tell rows apart, and the others that a file of one's own may have.
FIELDS = {
    "text": later("Text"),
    "id": later("Id"),
    "language": later("Language"),
    "theme": later("Theme"),
    "group": later("Group"),
    "template": later("Template"),
}
PARTS = {"language": later("language"), "theme": later("theme"), "group": later("group")}
BY_PART = {
    "language": later("By language"),
    "theme": later("By theme"),
    "group": later("By group"),
}


def counted(kind: str, n: int) -> str:
    """How many of what, such as `60 prompts`."""
    if kind == "prompts":
        return trn("{n:,} prompt", "{n:,} prompts", n)
    return trn("{n:,} question", "{n:,} questions", n)
