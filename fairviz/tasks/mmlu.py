"""MMLU: exam questions of 57 subjects, answered by letter.

The harness begins each prompt with a line that names the subject; it is not shipped here: give it
as a preamble, in which {group} is the subject, to compare with its numbers.
"""

from __future__ import annotations

from fairviz.i18n import N_, said
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, Unfit, given, place, text, word

_LETTERS = ["A", "B", "C", "D"]


def _item(fields: Fields, name: str) -> Item:
    texts = (
        [word(fields[letter]) for letter in _LETTERS]
        if "A" in fields
        else [word(one) for one in given(fields, "choices")]
    )
    if len(texts) != len(_LETTERS) or not all(one.strip() for one in texts):
        raise Unfit(said._("there are not four answers"))
    answer = fields.get("answer", fields.get("Answer"))
    numbers = [str(number) for number in range(4)]
    right = place(answer, numbers if str(answer) in numbers else _LETTERS)
    listed = "\n".join(f"{letter}. {one}" for letter, one in zip(_LETTERS, texts, strict=True))
    context = f"{text(fields, 'question').strip()}\n{listed}\nAnswer:"
    subject = str(fields.get("subject") or fields.get("file") or "").replace("_", " ")
    return Item(name, context, tuple(f" {one}" for one in _LETTERS), right, subject, "en")


MMLU = Task(
    "mmlu", "MMLU", "choice", N_("Exam questions of 57 subjects."),
    "{question}\\nA. {…}\\nB. {…}\\nC. {…}\\nD. {…}\\nAnswer: A|B|C|D",
    "Hendrycks et al. 2021, Measuring Massive Multitask Language Understanding "
    "(https://arxiv.org/abs/2009.03300), MIT",
    HubSet("cais/mmlu", "all", "test"), _item, ("question", *_LETTERS, "answer"),
)  # fmt: skip
