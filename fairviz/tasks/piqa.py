"""PIQA: which of two ways to do an everyday thing works."""

from __future__ import annotations

from fairviz.i18n import N_
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, options, place, text


def _item(fields: Fields, name: str) -> Item:
    context = f"Question: {text(fields, 'goal')}\nAnswer:"
    both = options([text(fields, "sol1"), text(fields, "sol2")])
    return Item(name, context, both, place(fields.get("label"), ["0", "1"]), "", "en")


PIQA = Task(
    "piqa", "PIQA", "choice", N_("Which of two ways to do an everyday thing works?"),
    "Question: {goal}\\nAnswer: {solution}",
    N_(
        "Bisk et al. 2020, PIQA: Reasoning about Physical Commonsense in Natural Language "
        "(https://arxiv.org/abs/1911.11641), no licence stated on the Hub"
    ),
    HubSet("baber/piqa", "", "validation"), _item, length="character",
)  # fmt: skip
