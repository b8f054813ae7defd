"""ARC: science questions of school exams, the easy ones and the challenge."""

from __future__ import annotations

from collections.abc import Mapping

from fairviz.i18n import N_
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, choices, options, place, text, word

_LETTERS = ("A", "B", "C", "D", "E")


def _item(fields: Fields, name: str) -> Item:
    question = fields.get("question")
    stem = text(question, "stem") if isinstance(question, Mapping) else text(fields, "question")
    if "A" in fields:
        labels = [letter for letter in _LETTERS if letter in fields]
        texts = [word(fields[letter]) for letter in labels]
    else:
        texts, labels = choices(fields)
    right = place(fields.get("answerKey"), labels)
    context = f"Question: {stem}\nAnswer:"
    return Item(str(fields.get("id") or name), context, options(texts), right, "", "en")


_PAPER = (
    "Clark et al. 2018, Think you have Solved Question Answering? Try ARC, the AI2 Reasoning "
    "Challenge (https://arxiv.org/abs/1803.05457), CC BY-SA 4.0"
)
_FORMAT = "Question: {question}\\nAnswer: {choice}"
_HEADER = ("question", "A", "B", "C", "D", "answerKey")

EASY = Task(
    "arc_easy", N_("ARC, easy"), "choice",
    N_("Science questions of school exams, the easy ones."), _FORMAT, _PAPER,
    HubSet("allenai/ai2_arc", "ARC-Easy", "test"), _item, _HEADER, "character",
)  # fmt: skip
CHALLENGE = Task(
    "arc_challenge", N_("ARC, challenge"), "choice",
    N_("Science questions of school exams that word statistics do not answer."),
    _FORMAT, _PAPER, HubSet("allenai/ai2_arc", "ARC-Challenge", "test"), _item, _HEADER,
    "character",
)  # fmt: skip
