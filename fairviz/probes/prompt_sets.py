"""Prompts of the studies of generation, or of a file of one's own, with their groups.

BOLD, HolisticBias, RealToxicityPrompts, ToxiGen and AdvPromptSet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from fairviz import prompts as prompt_sets
from fairviz.benchmarks.beyond_perplexity.names import ADVPROMPTSET
from fairviz.core import skips
from fairviz.core.json_file import document, spelled
from fairviz.core.set_files import Row, Rows, kind_of, rows
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.core.text_file import beginning
from fairviz.i18n import N_, _, listed, said
from fairviz.probes.fields import ColumnsMissing
from fairviz.probes.record import Items

# From here on RealToxicityPrompts calls a prompt toxic.
_TOXIC = 0.5


class _Prompt(NamedTuple):
    id: str
    text: str
    group: str
    axis: str
    language: str


def read(content: bytes, name: str, *, per_group: int = 20, by: str = "") -> Items:
    """The prompts of a file, at most `per_group` of each group, evenly over the file.

    A BOLD file is grouped by its categories, HolisticBias by `axis`, RealToxicityPrompts by
    whether the prompt is toxic, ToxiGen by `target_group`, AdvPromptSet by the identities that a
    prompt names (it stands in each of their groups), any other file by its column `group`.

    Raises:
        ColumnsMissing: If `by` is no column of it.
        FairvizError: If nothing of it can be read.
    """
    braced = kind_of(name) == "json" and beginning(content).startswith("{")
    is_bold = braced and isinstance(document(content, name), dict)
    found, lost = _bold(content, name) if is_bold else _table(content, name, by)
    warts: Counter[str] = Counter()
    kept: dict[tuple[str, str], _Prompt] = {}
    for one in found:
        text = one.text.rstrip()
        if not text:
            lost.append(Skip(one.id, said._("an empty prompt")))
            continue
        # A space at the end would leave the model to begin in the middle of a word.
        warts[N_("a space at the end, taken away")] += text != one.text
        if (one.group, text) in kept:
            warts[N_("the same prompt twice in a group, taken once")] += 1
            continue
        kept[one.group, text] = one._replace(text=text)
    return items(name, list(kept.values()), lost, per_group, +warts)


def bundled(*, per_group: int = 20, language: str = "") -> Items:
    """The project's own prompts with whom they mention; those without anybody are `nobody`."""
    found = [
        _Prompt(one.id, one.text, one.group or "nobody", "mentioned", one.language)
        for one in prompt_sets.bank()
        if language in ("", one.language)
    ]
    return items("bundled", found, [], per_group, Counter())


def items(
    source: str,
    found: list[_Prompt],
    lost: list[Skip],
    per_group: int,
    warts: Counter[str],
) -> Items:
    """The items of prompts, thinned to `per_group` of each group."""
    by_group: dict[str, list[_Prompt]] = {}
    for one in found:
        by_group.setdefault(one.group, []).append(one)
    chosen = []
    for group in by_group.values():
        most = per_group if 0 < per_group < len(group) else len(group)
        chosen += [group[place * len(group) // most] for place in range(most)]
    if len(chosen) < len(found):
        warts[N_("prompts beyond those taken of each group")] = len(found) - len(chosen)
    table = pd.DataFrame([one._asdict() for one in chosen], columns=list(_Prompt._fields))
    table["prompt"] = table["text"]
    return Items(source, table, tuple(lost), dict(warts), digest([list(one) for one in chosen]))


def _bold(content: bytes, name: str) -> tuple[list[_Prompt], list[Skip]]:
    """`{category: {who: [prompt, ...]}}`; the axis is in the file's name."""
    axis = name.rsplit("/", 1)[-1].removesuffix(".json").removesuffix("_prompt")
    whole = document(content, name)
    found: list[_Prompt] = []
    lost: list[Skip] = []
    for category, people in whole.items():
        if not isinstance(people, dict):
            lost.append(Skip(str(category), said._("not a category of BOLD")))
            continue
        for who, texts in people.items():
            for place, text in enumerate(texts if isinstance(texts, list) else [texts], 1):
                if isinstance(text, str):
                    found.append(
                        _Prompt(f"{category}: {who} {place}", text, str(category), axis, "en")
                    )
                else:
                    lost.append(Skip(f"{who} {place}", skips.NO_TEXT))
    if not found:
        raise ColumnsMissing(
            _("{name} is no file of BOLD: not one prompt is in it.", name=name),
            fix=_("Give {category: {who: [prompt, …]}}, or a list of objects."),
        )
    return found, lost


def _table(content: bytes, name: str, by: str) -> tuple[list[_Prompt], list[Skip]]:
    table = rows(content, name)
    if by and by not in table.columns:
        raise ColumnsMissing(
            _(
                "{name} has no column '{column}'; it has {columns}.",
                name=name,
                column=by,
                columns=listed(table.columns),
            ),
            fix=_("Group by one that is there."),
        )
    lost = list(table.left_out)
    if any(isinstance(_spelled(row), dict) for row in table.rows):
        return list(_toxicity(table, by, lost)), lost
    if not by:
        for reader, needed in _LISTED:
            if needed <= set(table.columns):
                found = []
                for row in table.rows:
                    every = list(reader(row))
                    texts = [one for one in every if isinstance(one.text, str)]
                    found += texts
                    lost += [Skip(skips.line(row.line), skips.NO_TEXT)] * (len(every) - len(texts))
                return found, lost
    own = prompt_sets.read(content, name)
    column = by or ("axis" if {"axis", "descriptor"} <= set(table.columns) else "")
    if not column:
        return [
            _Prompt(
                one.id, one.text, one.group or one.theme or "all prompts", "group", one.language
            )
            for one in own.prompts
        ], list(own.left_out)
    text = prompt_sets.guess(table.columns)["text"]
    usable = {one.text for one in own.prompts}
    return [
        _Prompt(f"line {row.line}", row.fields[text], str(row.fields.get(column) or ""), column, "")
        for row in table.rows
        if row.fields.get(text) in usable
    ], list(own.left_out)


def _toxicity(table: Rows, by: str, lost: list[Skip]) -> Iterator[_Prompt]:
    """RealToxicityPrompts: each prompt is an object with its text and its toxicity."""
    for row in table.rows:
        prompt = _spelled(row)
        if not isinstance(prompt, dict) or not isinstance(prompt.get("text"), str):
            lost.append(Skip(skips.line(row.line), said._("no prompt with a text")))
            continue
        told = row.fields.get(by) if by else _rated(prompt)
        group = "" if told is None else str(told)
        yield _Prompt(f"line {row.line}", prompt["text"], group, by or "prompt", "en")


def _bold_rows(row: Row) -> Iterator[_Prompt]:
    """BOLD as the Hub has it, all domains in one file: each row has the prompts of one name."""
    domain, category = (str(row.fields.get(one) or "") for one in ("domain", "category"))
    texts = spelled(row.fields["prompts"])
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        texts = [texts]
    who = str(row.fields.get("name") or row.line)
    for place, text in enumerate(texts, 1):
        yield _Prompt(f"{category}: {who} {place}", text, category, domain, "en")


def _toxigen(row: Row) -> Iterator[_Prompt]:
    group = str(row.fields["target_group"] or "")
    yield _Prompt(f"line {row.line}", row.fields["text"], group, "group", "en")


def _adversarial(row: Row) -> Iterator[_Prompt]:
    """AdvPromptSet: one column of 0 and 1 for each identity."""
    text = row.fields["comment_text"]
    named = [
        (axis, group)
        for axis, groups in ADVPROMPTSET.items()
        for group in groups
        if str(row.fields.get(group) or 0) not in ("0", "0.0", "False")
    ]
    # What is no text is skipped once, whomever it names.
    of_text = named if isinstance(text, str) else []
    for axis, group in of_text or [("mentioned", "nobody")]:
        yield _Prompt(f"line {row.line}", text, group, axis, "en")


# What reads a row of a file that has these columns; a text may be anything there.
_LISTED: tuple[tuple[Callable[[Row], Iterator[_Prompt]], set[str]], ...] = (
    (_bold_rows, {"domain", "category", "prompts"}),
    (_toxigen, {"text", "target_group"}),
    (_adversarial, {"comment_text", "toxicity"}),
)


def _spelled(row: Row) -> Any:
    """A row's prompt, which a table has as text where its data set has an object."""
    return spelled(row.fields.get("prompt"))


def _rated(prompt: dict[str, Any]) -> str:
    toxicity = prompt.get("toxicity")
    if not isinstance(toxicity, int | float):
        return "unrated prompts"
    return "toxic prompts" if toxicity >= _TOXIC else "other prompts"
