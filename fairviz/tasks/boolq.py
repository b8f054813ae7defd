"""BoolQ: a passage and a question of yes or no."""

from __future__ import annotations

from fairviz.i18n import N_
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, place, text

_WORDS = {"true": "1", "false": "0"}


def _item(fields: Fields, name: str) -> Item:
    context = f"{text(fields, 'passage')}\nQuestion: {text(fields, 'question')}?\nAnswer:"
    answer = fields.get("label", fields.get("answer"))
    word = str(answer).lower() if answer is not None else None
    right = place(_WORDS.get(word, word) if word else None, ["0", "1"])
    return Item(name, context, (" no", " yes"), right, "", "en")


BOOLQ = Task(
    "boolq", "BoolQ", "choice", N_("Is the answer that a passage gives yes or no?"),
    "{passage}\\nQuestion: {question}?\\nAnswer: no|yes",
    "Clark et al. 2019, BoolQ: Exploring the Surprising Difficulty of Natural Yes/No Questions "
    "(https://aclanthology.org/N19-1300), CC BY-SA 3.0",
    HubSet("aps/super_glue", "boolq", "validation"), _item,
)  # fmt: skip
