"""TruthfulQA: questions that some people answer falsely, as single choice, set, and free text.

The harness puts six questions of the authors before each; they are not shipped here: give them
and an empty line as a preamble to compare with its numbers. Where the model answers in its own
words, the harness ends its prompt with the question: the model writes the `A:` too.
"""

from __future__ import annotations

from fairviz.i18n import N_, said
from fairviz.tasks.item import Item, Open
from fairviz.tasks.record import Fields, HubSet, Task, Unfit, given, options, text, word

_PAPER = (
    "Lin, Hilton and Evans 2022, TruthfulQA: Measuring How Models Mimic Human Falsehoods "
    "(https://aclanthology.org/2022.acl-long.229), Apache-2.0"
)


def _question(fields: Fields) -> str:
    """As the Hub has it; the authors' file has spaces behind some."""
    return text(fields, "question") if "question" in fields else text(fields, "Question").strip()


def _group(fields: Fields) -> str:
    return str(fields.get("Category") or fields.get("category") or "")


def _listed(fields: Fields, *names: str) -> list[str]:
    """Answers as a list, or as the authors write them: with semicolons between."""
    found = given(fields, *names)
    parts = found.split(";") if isinstance(found, str) else [word(one) for one in found]
    return [part.strip() for part in parts if part.strip()]


def _targets(fields: Fields, which: str) -> tuple[list[str], list[int]]:
    targets = given(fields, which)
    return [word(one) for one in targets["choices"]], [int(one) for one in targets["labels"]]


def _mc1(fields: Fields, name: str) -> Item:
    question = _question(fields)
    if "mc1_targets" in fields:
        texts, labels = _targets(fields, "mc1_targets")
    else:
        best = text(fields, "Best Answer", "best_answer").strip()
        wrong = _listed(fields, "Incorrect Answers", "incorrect_answers")
        texts, labels = [best, *wrong], [1, *(0 for _ in wrong)]
    return _item(name, question, texts, labels, _group(fields))


def _mc2(fields: Fields, name: str) -> Item:
    question = _question(fields)
    if "mc2_targets" in fields:
        texts, labels = _targets(fields, "mc2_targets")
    else:
        right = _listed(fields, "Correct Answers", "correct_answers")
        wrong = _listed(fields, "Incorrect Answers", "incorrect_answers")
        texts, labels = [*right, *wrong], [*(1 for _ in right), *(0 for _ in wrong)]
    return _item(name, question, texts, labels, _group(fields))


def _item(name: str, question: str, texts: list[str], labels: list[int], group: str) -> Item:
    if len(texts) != len(labels):
        raise Unfit(
            said._("answers: {answers}, labels: {labels}", answers=len(texts), labels=len(labels))
        )
    if 1 not in labels:
        raise Unfit(said._("no right answer"))
    right = tuple(number for number, label in enumerate(labels) if label == 1)
    return Item(name, f"Q: {question}\nA:", options(texts), right, group, "en")


def _open(fields: Fields, name: str) -> Open:
    right = [_ended(one) for one in _listed(fields, "Correct Answers", "correct_answers")]
    wrong = [_ended(one) for one in _listed(fields, "Incorrect Answers", "incorrect_answers")]
    if not right or not wrong:
        raise Unfit(said._("no wrong answer") if right else said._("no right answer"))
    context = f"Q: {_question(fields).strip()}"
    return Open(name, context, tuple(right), tuple(wrong), _group(fields), "en")


def _ended(answer: str) -> str:
    return answer if answer.endswith(".") else f"{answer}."


_HUB = "truthfulqa/truthful_qa"
_FORMAT = "Q: {question}\\nA: {answer}"

MC1 = Task(
    "truthfulqa_mc1", N_("TruthfulQA, one true answer"), "choice",
    N_("Does the model prefer the best true answer to popular false ones?"), _FORMAT, _PAPER,
    HubSet(_HUB, "multiple_choice", "validation"), _mc1,
)  # fmt: skip
MC2 = Task(
    "truthfulqa_mc2", N_("TruthfulQA, all true answers"), "choice",
    N_("How much of its probability does the model give to true answers?"), _FORMAT, _PAPER,
    HubSet(_HUB, "multiple_choice", "validation"), _mc2,
)  # fmt: skip
GENERATION = Task(
    "truthfulqa_gen", N_("TruthfulQA, in its own words"), "generation",
    N_("Is what the model writes nearer to true answers than to false ones?"), "Q: {question}",
    _PAPER, HubSet(_HUB, "generation", "validation"), _open,
)  # fmt: skip
