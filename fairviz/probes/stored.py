"""Stored generations: two files of answers to the same prompts, the most different ones first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.core import skips
from fairviz.core.declared import declared, kept_sentences_of
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _, said
from fairviz.lexicons import BUNDLED, Group, Lexicon, bundled, language_of, matches, of_words
from fairviz.metrics.traces import BOTH
from fairviz.probes.answer_files import answer_rows, both_rows
from fairviz.probes.contrast import Contrasted, averages, shares
from fairviz.probes.fields import columns, line_in
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import ALL, Metric, Results, Row, headlines, repeated

_tell = kept_sentences_of(__file__)


class Differing(NamedTuple):
    """Two texts, word by word.

    Attributes:
        baseline: (start, stop) characters of the baseline's words that the other lacks.
        share: Of all words, how many have no counterpart; 0 is the same text, 1 nothing shared.
    """

    baseline: list[tuple[int, int]]
    compressed: list[tuple[int, int]]
    share: float


def differing(baseline: str, compressed: str) -> Differing:
    """Where two texts differ, by words between spaces; words next to each other are one place."""
    own = [[(word.start(), word.end()) for word in re.finditer(r"\S+", text)]
           for text in (baseline, compressed)]  # fmt: skip
    first, second = (
        [text[start:stop] for start, stop in places]
        for text, places in zip((baseline, compressed), own, strict=True)
    )
    if first == second:
        return Differing([], [], 0.0)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, *edges in matcher.get_opcodes():
        for side, (start, stop) in enumerate((edges[:2], edges[2:])):
            if kind != "equal" and stop > start:
                spans[side].append((own[side][start][0], own[side][stop - 1][1]))
    return Differing(*spans, 1 - matcher.ratio())


_HALF = re.compile("[\ud800-\udfff]")
_SAID = declared(__file__)
_COLUMNS = _SAID["columns"]
# Answers between two steps.
_BATCH = 50
_NO_TEXT = "no text"
_NO_ANSWER = said._("an answer that is no text")


class NoPairs(FairvizError):
    """Two files that answer no prompt in common."""


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Answers of both models, aligned by prompt.

    Args:
        content: Of the baseline's file, with a prompt and an answer a row; or of one file with
            the columns `baseline` and `compressed`.
        second: The compressed model's file and its name.

    Raises:
        ColumnsMissing: If the prompt or an answer is not there.
        NoPairs: If the two answer no prompt in common.
        FairvizError: If a file cannot be read.
    """
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
            warts[_SAID["empty"][side]] = empty
    return Items.of_file(name, kept, lost, warts, content, second)


def _one_file(content: bytes, name: str) -> tuple[list[Row], list[Skip]]:
    found = both_rows(content, name)
    by = columns(found.columns, _COLUMNS | _SAID["columns_of_one_file"], name, ("prompt", *BOTH))
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
            lost.append(Skip(line_in(first_name, line), reason))
            continue
        there, _rest, other = after[prompt, number]
        if _no_answer(answer) or _no_answer(other):
            where = (first_name, line) if _no_answer(answer) else (second_name, there)
            lost.append(Skip(line_in(*where), _NO_ANSWER))
            continue
        kept.append(_pair(prompt, group, [answer, other], f"line {line}"))
        if number:
            warts[N_("prompts that are there several times, taken in order")] += 1
    for key in (one for one in after if one not in before):
        reason = said._("{name} has no answer to it", name=first_name)
        lost.append(Skip(line_in(second_name, after[key][0]), reason))
    return kept, lost


def _answers(
    content: bytes, name: str
) -> tuple[dict[tuple[str, int], tuple[int, str, Any]], list[Skip]]:
    """(prompt, how often it came before) -> line, group and answer."""
    found = answer_rows(content, name)
    by = columns(found.columns, _COLUMNS, name, ("prompt", "answer"))
    seen: Counter[str] = Counter()
    answers = {}
    lost = [skips.within(name, one) for one in found.left_out]
    for line, fields in found.rows:
        cell = fields.get(by["prompt"])
        if reason := _unfit(cell):
            lost.append(Skip(line_in(name, line), reason))
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


def outcome(table: pd.DataFrame, counts: Mapping[str, Any], listed: Mapping[str, Group]) -> Outcome:
    """The outcome of compared answers.

    Args:
        table: (N,) compared answers, as `run` makes them.
        counts: `baseline` and `compressed` -> (N, groups) words of each group in each answer.
        listed: Title of a group of words -> the group, in the order of `counts`.
    """
    n = len(table)
    has = {side: counts[side] > 0 for side in BOTH}
    results = Results()
    told: list[Contrasted] = []  # of all words first
    # Answers to one prompt stand or fall together.
    prompts = table["prompt"].tolist()
    for group, first, second in _columns(has, listed):
        found = shares(first, second, prompts)
        results.group(group, table.assign(flip=first != second), found)
        told.append(found)
        axis, name = (listed[group].category, listed[group].group) if group in listed else ("", "")
        results.metric(Metric("word_share", "share"), found, n, axis=axis, group=name)
    length = averages(table["baseline_words"], table["compressed_words"], prompts)
    results.metric(Metric("answer_words", "words"), length, n)
    same = int(table["same"].sum())
    sentences = [
        _tell("same", n=n, same=same, different=table["different"].mean()),
        *headlines(
            [
                (said._("The length of an answer in words"), length),
                (said._("The share of answers with a word of the lists"), told[0]),
            ],
            said._("answers exchanged"),
        ),
        results.changed(said._("groups of words")),
        repeated(table[["prompt"]]),
    ]
    by_group = table.groupby("group", sort=False).agg(
        n=("same", "size"),
        same=("same", "mean"),
        different=("different", "mean"),
        baseline_words=("baseline_words", "mean"),
        compressed_words=("compressed_words", "mean"),
    )
    return results.outcome(
        table,
        measure=_tell("measure"),
        sentences=sentences,
        details={"prompts": by_group.reset_index()},
        order=["different"],
    )


def _columns(has: Mapping[str, Any], listed: Mapping[str, Group]) -> Iterator[tuple[str, Any, Any]]:
    """Each group of words and which answers of either model hold one; all groups first."""
    yield ALL, *(has[side].any(axis=1) for side in BOTH)
    for place, group in enumerate(listed):
        yield group, *(has[side][:, place] for side in BOTH)


def run(
    pair: None,
    items: Items,
    told: Callable[[Step], None],
    *,
    words: str = "",
    language: str = "",
) -> Outcome:
    """Where the answers differ, and how often they hold words of the lists.

    `baseline` and `compressed` of an item are how many words of the lists its answer holds;
    `flip` is whether one answer has some and the other none.

    Raises:
        BadLexicon: If `words` names no list and lists no word.
    """
    lexicons = _lexicons(words)
    listed = {_title(group): group for lexicon in lexicons for group in lexicon.groups}
    done: list[Row] = []
    told_of = 0
    counts = {side: np.zeros((len(items.rows), len(listed))) for side in BOTH}
    for number, row in enumerate(items.rows.to_dict("records")):
        answers = [str(row[f"{side}_answer"]) for side in BOTH]
        spoken = language or language_of(" ".join([str(row["prompt"]), *answers]))
        compared: Row = {str(name): value for name, value in row.items()}
        for side, answer in zip(BOTH, answers, strict=True):
            hits: Counter[str] = Counter()
            for lexicon in lexicons:
                hits.update({_title(one): n for one, n in matches(answer, lexicon, spoken).items()})
            counts[side][number] = [hits[title] for title in listed]
            compared |= {side: hits.total(), f"{side}_words": len(answer.split())}
        where = differing(*answers)
        compared |= {
            "different": where.share,
            "same": where.share == 0,
            "baseline_marks": where.baseline,
            "compressed_marks": where.compressed,
        }
        done.append(compared)
        if len(done) % _BATCH == 0 or len(done) == len(items.rows):
            told(Step(len(done), len(items.rows), pd.DataFrame(done[told_of:])))
            told_of = len(done)
    table = pd.DataFrame(done)
    table["shift"] = table["compressed"] - table["baseline"]
    table["flip"] = (table["baseline"] > 0) != (table["compressed"] > 0)
    return outcome(table, counts, listed)


def _lexicons(words: str) -> list[Lexicon]:
    names = words.split() if words.strip() else list(BUNDLED)
    if all(name in BUNDLED for name in names):
        return [bundled(name) for name in names]
    return [of_words(words)]


def _title(group: Group) -> str:
    return f"{group.category}: {group.group}"


def again(kept: Kept, *, words: str = "", language: str = "") -> Outcome:
    """From the answers."""
    items = Items(kept.source, kept.items)
    return run(None, items, lambda step: None, words=words, language=language)


STORED = declared_probe(__file__, read=read, run=run, again=again)
