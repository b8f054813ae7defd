"""Answers of two models to the same prompts, out of two files or of one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _, said
from fairviz.metrics.traces import BOTH
from fairviz.probes.fields import columns
from fairviz.probes.record import Items
from fairviz.probes.rows import Row

_HALF = re.compile("[\ud800-\udfff]")
_PROMPT: dict[str, tuple[str, ...]] = {
    "prompt": ("prompt", "question", "input", "instruction", "query", "context"),
    "group": ("category", "group", "theme", "topic", "bias_type", "type"),
}
_ANSWER = (
    "answer", "model_prediction", "prediction", "output", "completion", "response", "generation",
    "generated_text", "continuation", "model_answer", "text",
)  # fmt: skip
_NO_TEXT = "no text"
_EMPTY = {
    "baseline": N_("empty answers of the baseline model"),
    "compressed": N_("empty answers of the compressed model"),
}
_NO_ANSWER = said._("an answer that is no text")
_TWO: dict[str, tuple[str, ...]] = {
    "baseline": ("baseline", "baseline_answer", "before"),
    "compressed": ("compressed", "compressed_answer", "after"),
}


class NoPairs(FairvizError):
    """Two files that answer no prompt in common."""


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Answers of both models, aligned by prompt.

    Args:
        content: Of the baseline's file, with a prompt and an answer a row; or of one file with
            the columns `baseline` and `compressed`.
        name: Its name.
        second: The compressed model's file and its name.

    Raises:
        ColumnsMissing: If the prompt or an answer is not there.
        NoPairs: If the two answer no prompt in common.
        FairvizError: If a file cannot be read.
    """
    import pandas as pd

    warts: Counter[str] = Counter()
    if second is None:
        kept, lost = _one_file(content, name)
    else:
        kept, lost = _two_files(content, name, *second, warts)
    if not kept:
        raise NoPairs(
            _(
                "{name} and {other} answer no prompt in common.",
                name=name,
                other=second[1] if second else _("itself"),
            )
            + skips.example(lost),
            fix=_("Give two files of answers to the same prompts, letter for letter."),
        )
    for side in BOTH:
        empty = sum(not row[f"{side}_answer"].strip() for row in kept)
        if empty:
            warts[_EMPTY[side]] = empty
    content_hash = hashlib.sha256(content + (second[0] if second else b"")).hexdigest()[:16]
    source = f"{name} and {second[1]}" if second else name
    return Items(source, pd.DataFrame(kept), tuple(lost), dict(warts), content_hash)


def _one_file(content: bytes, name: str) -> tuple[list[Row], list[Skip]]:
    found = rows(content, name, halves=True)
    by = columns(found.columns, _PROMPT | _TWO, name, ("prompt", *BOTH))
    kept: list[Row] = []
    lost = list(found.left_out)
    for line, fields in found.rows:
        prompt, *answers = (fields.get(by[field]) for field in ("prompt", *BOTH))
        reason = _unfit(prompt) or (_NO_ANSWER if any(map(_no_answer, answers)) else "")
        if reason:
            lost.append(Skip(skips.line(line), reason))
            continue
        kept.append(_pair(str(prompt), _group(fields, by), answers, f"line {line}"))
    return kept, lost


def _two_files(
    first: bytes, first_name: str, second: bytes, second_name: str, warts: Counter[str]
) -> tuple[list[Row], list[Skip]]:
    kept: list[Row] = []
    before, lost = _answers(first, first_name)
    after, more = _answers(second, second_name)
    lost += more
    for (prompt, number), (line, group, answer) in before.items():
        if (prompt, number) not in after:
            reason = said._("{name} has no answer to it", name=second_name)
            lost.append(Skip(said._("{name}, line {number}", name=first_name, number=line), reason))
            continue
        there, _rest, other = after[prompt, number]
        if _no_answer(answer) or _no_answer(other):
            file, at = (first_name, line) if _no_answer(answer) else (second_name, there)
            lost.append(Skip(said._("{name}, line {number}", name=file, number=at), _NO_ANSWER))
            continue
        kept.append(_pair(prompt, group, [answer, other], f"line {line}"))
        if number:
            warts[N_("prompts that are there several times, taken in order")] += 1
    for key in after.keys() - before.keys():
        reason = said._("{name} has no answer to it", name=first_name)
        lost.append(
            Skip(said._("{name}, line {number}", name=second_name, number=after[key][0]), reason)
        )
    return kept, lost


def _answers(
    content: bytes, name: str
) -> tuple[dict[tuple[str, int], tuple[int, str, Any]], list[Skip]]:
    """(prompt, how often it came before) -> line, group and answer."""
    found = rows(content, name, halves=True)
    by = columns(found.columns, _PROMPT | {"answer": _ANSWER}, name, ("prompt", "answer"))
    seen: Counter[str] = Counter()
    answers = {}
    lost = [skips.within(name, one) for one in found.left_out]
    for line, fields in found.rows:
        cell = fields.get(by["prompt"])
        if reason := _unfit(cell):
            lost.append(Skip(said._("{name}, line {number}", name=name, number=line), reason))
            continue
        prompt = str(cell).strip()
        answers[prompt, seen[prompt]] = (line, _group(fields, by), fields.get(by["answer"]))
        seen[prompt] += 1
    return answers, lost


def _unfit(prompt: object) -> str:
    """Why this is no prompt; empty for one."""
    if prompt is None:
        return _NO_TEXT
    return skips.AN_OBJECT if is_object(prompt) else ""


def _no_answer(answer: object) -> bool:
    """An answer may spell an object, which a model was asked for; it is a text all the same."""
    return answer is None or isinstance(answer, dict | list)


def _group(fields: Mapping[str, Any], by: Mapping[str, str]) -> str:
    return str(fields.get(by.get("group", ""), "") or "").strip()


def _pair(prompt: str, group: str, answers: Sequence[Any], where: str) -> Row:
    said = [_whole(str(answer)) for answer in answers]
    return {
        "id": where,
        "group": _whole(group),
        "text": _whole(prompt.strip()),
        "prompt": _whole(prompt.strip()),
        "baseline_answer": said[0],
        "compressed_answer": said[1],
    }


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can spell and no file takes."""
    return _HALF.sub("\ufffd", text)
