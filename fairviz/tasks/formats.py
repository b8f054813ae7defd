"""How a row of a task's files becomes an item, byte for byte as lm-evaluation-harness asks it; the
one that it lacks, PostTrainingBiasBench, as its authors ask it.

What the harness puts before its prompts is not shipped: give it as a preamble to compare with its
numbers. That is a line that names the subject for MMLU (`{group}` in a preamble), and six questions
of the authors with an empty line for TruthfulQA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.i18n import said
from fairviz.tasks.item import Item, Open

Fields = Mapping[str, Any]
_LETTERS = ["A", "B", "C", "D", "E"]


class Unfit(FairvizError):
    """A row that is no question of its task.

    Args:
        reason: Why, with its values; it is kept with what was skipped.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, fix="Mend the row, or leave it out.")


def given(fields: Fields, *names: str) -> Any:
    """The first of these fields that is there.

    Raises:
        KeyError: With all names, if none is.
    """
    for name in names:
        if name in fields and fields[name] is not None:
            return fields[name]
    raise KeyError(" or ".join(names))


def text(fields: Fields, *names: str) -> str:
    """The same as text.

    Raises:
        KeyError: If none is there.
        Unfit: If it is no text, or empty.
    """
    found = given(fields, *names)
    if not isinstance(found, str) or not found.strip():
        if isinstance(found, str):
            raise Unfit(said._("{field} is empty", field=names[0]))
        raise Unfit(said._("{field} is no text", field=names[0]))
    return found


def word(value: object) -> str:
    """A cell as text; what is missing is empty, and not the word `None`."""
    return "" if value is None else str(value)


def place(label: object, labels: list[str]) -> tuple[int, ...]:
    """Which of the labels the right one is; none where there is no label.

    Raises:
        Unfit: If the label is not among them.
    """
    answer = word(label).strip()
    if not answer or answer == "-1":
        return ()
    if answer not in labels:
        raise Unfit(
            said._(
                "the right answer is {answer}, the options are {options}",
                answer=repr(answer),
                options=", ".join(labels),
            )
        )
    return (labels.index(answer),)


def choices(fields: Fields) -> tuple[list[str], list[str]]:
    """Texts and labels of options, as AI2 and the Hub write them.

    Raises:
        KeyError, Unfit: If they are not there, or not of either form.
    """
    question = fields.get("question")
    found = question.get("choices") if isinstance(question, Mapping) else given(fields, "choices")
    if isinstance(found, Mapping):
        return [word(one) for one in found["text"]], [word(one) for one in found["label"]]
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return [word(one["text"]) for one in found], [word(one["label"]) for one in found]
    raise Unfit(said._("the choices are no list of texts with labels"))


def options(texts: list[str]) -> tuple[str, ...]:
    """Options as they follow a context, each after a space.

    Raises:
        Unfit: If one is empty.
    """
    empty = [number for number, one in enumerate(texts, 1) if not one.strip()]
    if empty:
        raise Unfit(said._("option {number} is empty", number=empty[0]))
    if len(texts) < 2:
        raise Unfit(skips.FEW_OPTIONS)
    return tuple(f" {one}" for one in texts)


def _stem(fields: Fields, name: str) -> str:
    """The question, within an object as AI2 writes it, or in a field as the Hub does."""
    question = fields.get("question")
    return text(question, "stem") if isinstance(question, Mapping) else text(fields, name)


def arc(fields: Fields, name: str) -> Item:
    stem = _stem(fields, "question")
    if "A" in fields:
        labels = [letter for letter in _LETTERS if letter in fields]
        texts = [word(fields[letter]) for letter in labels]
    else:
        texts, labels = choices(fields)
    right = place(fields.get("answerKey"), labels)
    context = f"Question: {stem}\nAnswer:"
    return Item(str(fields.get("id") or name), context, options(texts), right, "", "en")


def openbookqa(fields: Fields, name: str) -> Item:
    stem = _stem(fields, "question_stem")
    texts, labels = choices(fields)
    right = place(fields.get("answerKey"), labels)
    return Item(str(fields.get("id") or name), stem, options(texts), right, "", "en")


def boolq(fields: Fields, name: str) -> Item:
    context = f"{text(fields, 'passage')}\nQuestion: {text(fields, 'question')}?\nAnswer:"
    answer = fields.get("label", fields.get("answer"))
    spelt = word(answer).lower()
    right = place({"true": "1", "false": "0"}.get(spelt, spelt), ["0", "1"])
    return Item(name, context, (" no", " yes"), right, "", "en")


def _clean(words: str) -> str:
    """Without the marks of WikiHow that the authors left in: [title] and [step]."""
    without = re.sub(r"\[.*?\]", "", words.strip().replace(" [title]", ". "))
    return without.replace("  ", " ")


def hellaswag(fields: Fields, name: str) -> Item:
    activity, first = text(fields, "activity_label"), text(fields, "ctx_a")
    second = str(fields.get("ctx_b") or "")
    endings = given(fields, "endings")
    if not isinstance(endings, list):
        raise Unfit(said._("the endings are no list"))
    texts = [_clean(word(one)) for one in endings]
    right = place(fields.get("label"), [str(number) for number in range(len(texts))])
    context = _clean(f"{activity}: {first} {second.capitalize()}")
    return Item(str(fields.get("ind", name)), context, options(texts), right, activity, "en")


def piqa(fields: Fields, name: str) -> Item:
    context = f"Question: {text(fields, 'goal')}\nAnswer:"
    both = options([text(fields, "sol1"), text(fields, "sol2")])
    return Item(name, context, both, place(fields.get("label"), ["0", "1"]), "", "en")


def mmlu(fields: Fields, name: str) -> Item:
    letters = _LETTERS[:4]
    texts = (
        [word(fields[letter]) for letter in letters]
        if "A" in fields
        else [word(one) for one in given(fields, "choices")]
    )
    if len(texts) != len(letters) or not all(one.strip() for one in texts):
        raise Unfit(said._("there are not four answers"))
    answer = fields.get("answer", fields.get("Answer"))
    numbers = [str(number) for number in range(4)]
    right = place(answer, numbers if str(answer) in numbers else letters)
    listed = "\n".join(f"{letter}. {one}" for letter, one in zip(letters, texts, strict=True))
    context = f"{text(fields, 'question').strip()}\n{listed}\nAnswer:"
    subject = str(fields.get("subject") or fields.get("file") or "").replace("_", " ")
    return Item(name, context, tuple(f" {one}" for one in letters), right, subject, "en")


# The eleven in which it is published, and French.
_LANGUAGES = ("ar", "en", "es", "eu", "fr", "hi", "id", "my", "ru", "sw", "te", "zh")


def _language(fields: Fields) -> str:
    """As a column says it, else the file's name: `spring2016.val.en.tsv.split_20_80_eval`."""
    parts = str(fields.get("file") or "").lower().split(".")
    named = next((part for part in parts if part in _LANGUAGES), "")
    return str(fields.get("language") or named)


def xstorycloze(fields: Fields, name: str) -> Item:
    story = [
        text(fields, f"input_sentence_{number}", f"InputSentence{number}") for number in range(1, 5)
    ]
    endings = [
        text(fields, f"sentence_quiz{number}", f"RandomFifthSentenceQuiz{number}")
        for number in (1, 2)
    ]
    answer = fields.get("answer_right_ending", fields.get("AnswerRightEnding"))
    number = str(fields.get("story_id") or fields.get("InputStoryid") or name)
    right = place(answer, ["1", "2"])
    return Item(number, " ".join(story), options(endings), right, "", _language(fields))


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


def _truthfulqa(fields: Fields, name: str, targets: str, right: Callable[[], list[str]]) -> Item:
    """From the Hub's `targets`, else from the right answers and the authors' wrong ones."""
    context = f"Q: {_question(fields)}\nA:"
    if targets in fields:
        found = given(fields, targets)
        texts = [word(one) for one in found["choices"]]
        labels = [int(one) for one in found["labels"]]
    else:
        own, wrong = right(), _listed(fields, "Incorrect Answers", "incorrect_answers")
        texts, labels = [*own, *wrong], [1] * len(own) + [0] * len(wrong)
    if len(texts) != len(labels):
        raise Unfit(
            said._("answers: {answers}, labels: {labels}", answers=len(texts), labels=len(labels))
        )
    if 1 not in labels:
        raise Unfit(said._("no right answer"))
    places = tuple(number for number, label in enumerate(labels) if label == 1)
    return Item(name, context, options(texts), places, _group(fields), "en")


def truthfulqa_mc1(fields: Fields, name: str) -> Item:
    return _truthfulqa(
        fields, name, "mc1_targets", lambda: [text(fields, "Best Answer", "best_answer").strip()]
    )


def truthfulqa_mc2(fields: Fields, name: str) -> Item:
    return _truthfulqa(
        fields, name, "mc2_targets", lambda: _listed(fields, "Correct Answers", "correct_answers")
    )


def truthfulqa_gen(fields: Fields, name: str) -> Open:
    right = [_ended(one) for one in _listed(fields, "Correct Answers", "correct_answers")]
    wrong = [_ended(one) for one in _listed(fields, "Incorrect Answers", "incorrect_answers")]
    if not right or not wrong:
        raise Unfit(said._("no wrong answer") if right else said._("no right answer"))
    context = f"Q: {_question(fields).strip()}"
    return Open(name, context, tuple(right), tuple(wrong), _group(fields), "en")


def post_training_bias(fields: Fields, name: str) -> Item:
    """A closed question of PostTrainingBiasBench, with the options of its row.

    Right is what its authors' score does not count as biased: `target` and `answer_label`, from 1;
    of `yes` and `no` the `label`; of a list with a label for each option what is neither the
    `biased` nor the `stereotype` nor an `unrelated` one, or where those have no such name what
    begins with `unbiased`, else what is `uncertain`.

    Raises:
        KeyError, Unfit: If it has no options, as the open ones have not, or no prompt.
    """
    texts = given(fields, "choices")
    if not isinstance(texts, list):
        raise Unfit(said._("the choices are no list of texts"))
    context = text(fields, "prompt")
    listed = options([word(one).strip() for one in texts])
    if context[-1].isspace():
        listed = tuple(one.removeprefix(" ") for one in listed)
    group = word(fields.get("axis") or fields.get("social_axis") or fields.get("category"))
    item_id = word(fields.get("idx"))
    if not group and item_id.count("/") >= 2:  # DATASET/AXIS/NUMBER
        group = item_id.split("/")[-2]
    return Item(item_id or name, context, listed, _not_biased(fields, len(listed)), group, "en")


def _not_biased(fields: Fields, size: int) -> tuple[int, ...]:
    numbers = [str(number) for number in range(1, size + 1)]
    for field in ("target", "answer_label"):
        if fields.get(field) is not None:
            return place(fields[field], numbers)
    label = fields.get("label")
    if not isinstance(label, list):
        return place(label, ["yes", "no"]) if word(label) in ("yes", "no") else ()
    if len(label) != size:
        raise Unfit(said._("options: {options}, labels: {labels}", options=size, labels=len(label)))
    for wrong in ({"biased"}, {"stereotype", "unrelated"}):
        if wrong & set(map(word, label)):
            return tuple(at for at, one in enumerate(label) if word(one) not in wrong)
    for right in ("unbiased", "uncertain"):
        found = tuple(at for at, one in enumerate(label) if word(one).startswith(right))
        if found:
            return found
    return ()


def _ended(answer: str) -> str:
    return answer if answer.endswith(".") else f"{answer}."
