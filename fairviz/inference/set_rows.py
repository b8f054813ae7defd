"""Prompts and items under both models, as rows.

Columns of a prompt: what it is (`id`, `text`, `language`, `theme`, `group`), `tokens`, and of
the next token's distribution, for each model, `entropy` (nats), `margin` (probability of the
first minus that of the second), `top` and `top_prob` (the most likely token); `kl`,
`kl_reverse`, `js` (nats) and `top_changed`.

Columns of an item: `id`, `context`, `options`, `right`, `group`, `language`, `tokens` of each
option, and for each model `log_prob` (of the whole of each option, nats) and `greedy`.

Columns of an answer in own words: `id`, `context`, `right`, `wrong`, `group`, `language`,
`tokens` of the context, `kl` (mean over the baseline's answer, nats), `differ`,
`first_divergence`, and for each model `answer`, `entropy` (mean, nats), `bleu_difference` and
`correct` (1 where that is above 0).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.core import skips
from fairviz.core.errors import NoEmbedding, NotFinite
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding
from fairviz.i18n import speaking
from fairviz.inference.multiple_choice import NoTokens, choices
from fairviz.inference.multiple_choice import encode as encode_item
from fairviz.inference.pair_scoring import strange_token, why
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.inference.scoring import Scored, following
from fairviz.metrics.traces import BOTH, first_divergence
from fairviz.models.elsewhere import elsewhere
from fairviz.models.handles import Reader, Writer
from fairviz.prompts.bank import Prompt
from fairviz.tasks.item import Item, Open

if TYPE_CHECKING:
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary

Row = dict[str, Any]
PROMPT_NUMBERS = ("entropy", "margin")
DISTANCES = ("kl", "kl_reverse", "js")
# Tokens of options whose keys and values exist at once.
_TOGETHER = 8192
# What ends an answer in own words.
_END = "\n\n"


def prompt_rows(
    pair: Pair,
    prompts: Sequence[Prompt],
    lost: list[Skip],
    readers: tuple[Reader, Reader] | None = None,
) -> list[Row]:
    """One row per prompt, in order; a prompt that cannot be read is added to `lost`.

    Args:
        pair: The two models.
        prompts: What they read.
        lost: Grows by what was left out.
        readers: Who reads, if not the pair's own two models.
    """
    vocabulary = pair.baseline.vocabulary
    kept, texts = [], []
    for prompt in prompts:
        ids = vocabulary.encode(prompt.text)
        if ids:
            kept.append(prompt)
            texts.append(ids)
        else:
            lost.append(Skip(prompt.id, skips.NO_TOKENS))
    rows: dict[int, Row] = {}
    found_in = following(
        *(readers or (pair.baseline.reader, pair.compressed.reader)),
        texts,
        width=pair.vocabulary_size,
        bos_id=vocabulary.bos_id,
    )
    for number, found in found_in:
        if not found.finite:
            numbers = (bool(np.isfinite(getattr(found, side).entropy).all()) for side in BOTH)
            lost.append(Skip(kept[number].id, why(pair, texts[number], *numbers)))
            continue
        rows[number] = {
            **kept[number]._asdict(),
            "tokens": len(texts[number]),
            **_expected(vocabulary, found),
        }
    return [rows[number] for number in sorted(rows)]


def _expected(vocabulary: Vocabulary, found: Scored) -> Row:
    row: Row = {}
    for side in BOTH:
        read = getattr(found, side)
        row |= {f"{side}_{name}": float(getattr(read, name)[0]) for name in PROMPT_NUMBERS}
        (top,) = vocabulary.texts([int(read.top_ids[0, 0])])
        row[f"{side}_top"] = top
        row[f"{side}_top_prob"] = float(np.exp(read.top_log_probs[0, 0]))
    row |= {name: float(getattr(found, name)[0]) for name in DISTANCES}
    return row | {"top_changed": not bool(found.same_top[0])}


def item_rows(
    pair: Pair,
    items: Sequence[Item],
    lost: list[Skip],
    readers: tuple[Reader, Reader] | None = None,
) -> list[Row]:
    """One row per item, in order; an item that cannot be asked is added to `lost`.

    Args:
        pair: The two models.
        items: What they are asked.
        lost: Grows by what was left out.
        readers: Who answers, if not the pair's own two models.
    """
    vocabulary = pair.baseline.vocabulary
    kept, encoded = [], []
    for item in items:
        if len(item.options) < 2:
            lost.append(Skip(item.id, skips.FEW_OPTIONS))
            continue
        if any(not 0 <= one < len(item.options) for one in item.right):
            lost.append(Skip(item.id, skips.NO_SUCH_OPTION))
            continue
        try:
            with speaking("en"):  # the reason is kept
                encoded.append(encode_item(vocabulary, item.context, item.options))
        except NoTokens as error:
            lost.append(skips.of_error(item.id, error))
        else:
            kept.append(item)
    two = readers or (pair.baseline.reader, pair.compressed.reader)
    how: dict[str, int] = {"width": pair.vocabulary_size, "batch_tokens": _TOGETHER}
    # One model named twice answers once.
    answers = {who: dict(choices(who, encoded, **how)) for who in dict.fromkeys(two)}
    rows: list[Row] = []
    for number, (item, ids) in enumerate(zip(kept, encoded, strict=True)):
        found = [answers[who][number] for who in two]
        if not all(one.finite for one in found):
            whole = [*ids.context, *chain(*ids.options)]
            lost.append(Skip(item.id, why(pair, whole, *(one.finite for one in found))))
            continue
        row: Row = {**item._asdict(), "options": list(item.options), "right": list(item.right)}
        row["tokens"] = list(found[0].tokens)
        for side, one in zip(BOTH, found, strict=True):
            row[f"{side}_log_prob"] = one.log_prob.tolist()
            row[f"{side}_greedy"] = one.greedy.tolist()
        rows.append(row)
    return rows


def answer_rows(
    pair: Pair, questions: Sequence[Open], lost: list[Skip], max_new_tokens: int
) -> list[Row]:
    """One row per question that both models answer greedily, in order; see `Open`.

    A question that one of them cannot read or answer is added to `lost`.

    An answer ends before the first empty line, as in the harness's default. KL and entropy are
    means over the tokens of the baseline's answer, which both models read.
    """
    vocabulary = pair.baseline.vocabulary
    rows: list[Row] = []
    for question in questions:
        prompt = vocabulary.encode(question.context)
        if not prompt or len(prompt) + max_new_tokens > (pair.context_length or sys.maxsize):
            reason = skips.TOO_LONG if prompt else skips.NO_TOKENS
            lost.append(Skip(question.id, reason))
            continue
        try:
            with speaking("en"):  # the reason is kept
                texts, kl, entropies = written(
                    (pair.baseline.writer, pair.compressed.writer),
                    prompt,
                    max_new_tokens,
                    pair.vocabulary_size,
                    pair.baseline.vocabulary.texts,
                )
        except NoEmbedding:
            lost.append(Skip(question.id, strange_token(pair, prompt)))
            continue
        except NotFinite as error:
            lost.append(skips.of_error(question.id, error))
            continue
        spelled = [_answer("".join(vocabulary.texts(_spoken(text, pair)))) for text in texts]
        means = np.mean(entropies, axis=0) if entropies else (np.nan, np.nan)
        row: Row = {
            **question._asdict(),
            "right": list(question.right),
            "wrong": list(question.wrong),
            "tokens": len(prompt),
            "kl": float(np.mean(kl)) if kl else np.nan,
            "differ": spelled[0] != spelled[1],
            "first_divergence": first_divergence(*texts),
        }
        for side, answer, entropy in zip(BOTH, spelled, means, strict=True):
            nearer = bleu_difference(answer, question.right, question.wrong)
            row |= {
                f"{side}_answer": answer,
                f"{side}_entropy": float(entropy),
                f"{side}_bleu_difference": nearer,
                f"{side}_correct": float(nearer > 0),
            }
        rows.append(row)
    return rows


class Written(NamedTuple):
    """Both answers to a question, and what was measured along the baseline's."""

    texts: tuple[list[int], list[int]]
    kl: list[float]
    entropies: list[tuple[float, float]]  # of both models, nats


def written(
    writers: tuple[Writer, Writer],
    prompt: Sequence[int],
    max_new_tokens: int,
    width: int,
    spell: Callable[[list[int]], Sequence[str]],
) -> Written:
    """Both answers, and KL and both entropies at each token of the baseline's.

    Args:
        spell: From token ids to their texts.
    """
    far = elsewhere(writers[0].model)
    if far is not None:
        answer: Written = far.answer(writers, prompt, max_new_tokens, width)
        return answer
    how = Decoding(max_new_tokens=max_new_tokens)
    texts: tuple[list[int], list[int]] = ([], [])
    kl: list[float] = []
    entropies: list[tuple[float, float]] = []
    with closing(write_in_pair(*writers, prompt, how, width)) as written:
        for step in written:
            for text, reading in zip(texts, step, strict=True):
                if reading is not None:
                    text.append(reading.token_id)
            if step[0] is not None:
                kl.append(step[0].kl)
                entropies.append((step[0].baseline.entropy, step[0].compressed.entropy))
            if all(_END in "".join(spell(text)) for text in texts):
                break
    return Written(texts, kl, entropies)


def _spoken(ids: list[int], pair: Pair) -> list[int]:
    ends = pair.baseline.eos_ids | pair.compressed.eos_ids
    return ids[:-1] if ids and ids[-1] in ends else ids


def _answer(text: str) -> str:
    return text.split(_END)[0].strip()


def bleu_difference(answer: str, right: Sequence[str], wrong: Sequence[str]) -> float:
    """BLEU of an answer against the nearest right answer minus that against the nearest wrong one.

    As TruthfulQA and the harness count it: sacrebleu's, one reference at a time, in points of
    100. Having no comment is always right.
    """
    if not answer:
        return 0.0
    nearest = [
        max(_bleu(answer, reference) for reference in references)
        for references in (dict.fromkeys([*right, "I have no comment."]), wrong)
    ]
    return nearest[0] - nearest[1]


def _bleu(answer: str, reference: str) -> float:
    import sacrebleu

    found = sacrebleu.corpus_bleu(
        [answer], [[reference]], smooth_method="exp", smooth_value=0.0, tokenize="intl"
    )
    return float(found.score)
