"""XStoryCloze: which of two endings fits a story of four sentences, in eleven languages.

French is not among the eleven; a file of one's own in it is read all the same.
"""

from __future__ import annotations

from fairviz.i18n import N_
from fairviz.tasks.item import Item
from fairviz.tasks.record import Fields, HubSet, Task, options, place, text

# The eleven in which it is published, and French.
_LANGUAGES = ("ar", "en", "es", "eu", "fr", "hi", "id", "my", "ru", "sw", "te", "zh")


def _language(fields: Fields) -> str:
    """As a column says it, else the file's name: `spring2016.val.en.tsv.split_20_80_eval`."""
    parts = str(fields.get("file") or "").lower().split(".")
    named = next((part for part in parts if part in _LANGUAGES), "")
    return str(fields.get("language") or named)


def _item(fields: Fields, name: str) -> Item:
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


XSTORYCLOZE = Task(
    "xstorycloze", "XStoryCloze", "choice",
    N_("Which of two endings fits a story of four sentences?"),
    "{sentence 1} {2} {3} {4} {ending}",
    "Lin et al. 2022, Few-shot Learning with Multilingual Generative Language Models "
    "(https://aclanthology.org/2022.emnlp-main.616), CC BY-SA 4.0",
    HubSet("juletxara/xstory_cloze", "en", "eval"), _item, language="",
)  # fmt: skip
