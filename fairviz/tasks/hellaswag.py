"""HellaSwag: how a described scene goes on."""

from __future__ import annotations

import re

from fairviz.i18n import N_, said
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, Unfit, given, options, place, text, word


def _clean(words: str) -> str:
    """Without the marks of WikiHow that the authors left in: [title] and [step]."""
    without = re.sub(r"\[.*?\]", "", words.strip().replace(" [title]", ". "))
    return without.replace("  ", " ")


def _item(fields: Fields, name: str) -> Item:
    activity, first = text(fields, "activity_label"), text(fields, "ctx_a")
    second = str(fields.get("ctx_b") or "")
    endings = given(fields, "endings")
    if not isinstance(endings, list):
        raise Unfit(said._("the endings are no list"))
    texts = [_clean(word(one)) for one in endings]
    right = place(fields.get("label"), [str(number) for number in range(len(texts))])
    context = _clean(f"{activity}: {first} {second.capitalize()}")
    return Item(str(fields.get("ind", name)), context, options(texts), right, activity, "en")


HELLASWAG = Task(
    "hellaswag", "HellaSwag", "choice", N_("How does a described scene go on?"),
    "{activity_label}: {ctx_a} {Ctx_b} {ending}",
    "Zellers et al. 2019, HellaSwag: Can a Machine Really Finish Your Sentence? "
    "(https://aclanthology.org/P19-1472), MIT",
    HubSet("Rowan/hellaswag", "", "validation"), _item, length="character",
)  # fmt: skip
