"""OpenBookQA: how a sentence about elementary science goes on."""

from __future__ import annotations

from collections.abc import Mapping

from fairviz.i18n import N_
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, choices, options, place, text


def _item(fields: Fields, name: str) -> Item:
    question = fields.get("question")
    stem = (
        text(question, "stem") if isinstance(question, Mapping) else text(fields, "question_stem")
    )
    texts, labels = choices(fields)
    right = place(fields.get("answerKey"), labels)
    return Item(str(fields.get("id") or name), stem, options(texts), right, "", "en")


OPENBOOKQA = Task(
    "openbookqa", "OpenBookQA", "choice",
    N_("How does a sentence about elementary science go on?"),
    "{question_stem} {choice}",
    "Mihaylov et al. 2018, Can a Suit of Armor Conduct Electricity? A New Dataset for Open Book "
    "Question Answering (https://aclanthology.org/D18-1260), Apache-2.0",
    HubSet("allenai/openbookqa", "main", "test"), _item, length="character",
)  # fmt: skip
