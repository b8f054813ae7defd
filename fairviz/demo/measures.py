"""What the demo knows, measured: agreement, facts and planted probabilities; and what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.demo.agreement import Hero, agree, four_forms
from fairviz.demo.grammar import held_out_stories
from fairviz.demo.people import WORDS, Person, statement
from fairviz.metrics.reference import distance
from fairviz.prompts.planted import Cell, Language

if TYPE_CHECKING:
    import torch
    from transformers import BloomForCausalLM, PreTrainedTokenizerFast


ROWS = 64


class Scored(NamedTuple):
    """One text under one model: ids (T,), log_p (T - 1, V) of ids[1:] given what is before."""

    ids: torch.Tensor
    log_p: torch.Tensor


def score(
    model: BloomForCausalLM, words: PreTrainedTokenizerFast, texts: Sequence[list[int]]
) -> list[Scored]:
    """Log-probabilities in nats of every token of every text, in the order given."""
    import torch

    end = int(words.eos_token_id)
    scored: list[Scored] = []
    for start in range(0, len(texts), ROWS):
        rows = texts[start : start + ROWS]
        ids = torch.full((len(rows), max(map(len, rows))), end)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        with torch.inference_mode():
            log_p = model(ids, use_cache=False).logits.float().log_softmax(-1)
        scored.extend(Scored(ids[i, : len(r)], log_p[i, : len(r) - 1]) for i, r in enumerate(rows))
    return scored


def encode(words: PreTrainedTokenizerFast, texts: Sequence[str]) -> list[list[int]]:
    """Whole documents as token ids, the final EOS included."""
    end = int(words.eos_token_id)
    return [[*ids, end] for ids in words(list(texts))["input_ids"]]


def surprisal(scored: Sequence[Scored]) -> float:
    """Mean nats per token; its exponential is the perplexity."""
    total = sum(-float(s.log_p.gather(1, s.ids[1:, None]).sum()) for s in scored)
    return total / sum(len(s.log_p) for s in scored)


def mean_kl(baseline: Sequence[Scored], variant: Sequence[Scored]) -> float:
    """Mean KL(baseline || variant) in nats per token of the same texts."""
    pairs = zip(baseline, variant, strict=True)
    total = sum(float(distance(b.log_p, v.log_p).kl.sum()) for b, v in pairs)
    return total / sum(len(s.log_p) for s in baseline)


def _paradigms(words: PreTrainedTokenizerFast, language: Language) -> dict[int, list[int]]:
    """Token id -> ids of all forms it competes with: pronouns, and French adjectives."""
    pronouns = "il elle ils elles" if language == "fr" else "he she they"
    families = [[f" {p}" for p in pronouns.split()], [f" {p.title()}" for p in pronouns.split()]]
    if language == "fr":
        heroes = [Hero(feminine, plural) for feminine in (False, True) for plural in (False, True)]
        for adjective in WORDS["fr"]["adjectives"]:
            families.append(sorted({f" {agree(four_forms(adjective), h)}" for h in heroes}))
    found: dict[int, list[int]] = {}
    for family in families:
        encoded = [words(form)["input_ids"] for form in family]
        if len(family) > 2 and all(len(ids) == 1 for ids in encoded):
            for ids in encoded:
                found[ids[0]] = [other[0] for other in encoded]
    return found


def agreement(model: BloomForCausalLM, words: PreTrainedTokenizerFast, stories: int = 150) -> float:
    """Share of pronouns and French adjectives of held-out stories whose form the model prefers.

    A form is right if it is the most likely of its paradigm (il, elle, ils, elles; ...).
    """
    right = total = 0
    for language in ("fr", "en"):
        paradigms = _paradigms(words, language)
        texts = encode(words, held_out_stories(language, stories))
        for text in score(model, words, texts):
            for log_p, target in zip(text.log_p, text.ids[1:].tolist(), strict=True):
                if target in paradigms:
                    forms = paradigms[target]
                    right += forms[int(log_p[forms].argmax())] == target
                    total += 1
    return right / total


def fact_recall(
    model: BloomForCausalLM, words: PreTrainedTokenizerFast, persons: Sequence[Person]
) -> float:
    """Share of facts (trade, town, name of kin; both languages) that are the model's first choice.

    A fact counts if each of its tokens is the most likely one after the statement up to there.
    """
    right = total = 0
    for language in ("fr", "en"):
        texts = [statement(person, language) for person in persons]
        encoded = words(texts, return_offsets_mapping=True)
        scored = score(model, words, encoded["input_ids"])
        rows = zip(persons, texts, encoded["offset_mapping"], scored, strict=True)
        for person, text, offsets, result in rows:
            hits = (result.log_p.argmax(-1) == result.ids[1:]).tolist()
            for fact in (person.trade_in(language), person.town, person.kin):
                start = text.rindex(f" {fact}") + 1
                stop = start + len(fact)
                span = [i for i, (a, b) in enumerate(offsets) if a < stop and b > start]
                right += all(hits[i - 1] for i in span)
                total += 1
    return right / total


def planted(
    model: BloomForCausalLM, words: PreTrainedTokenizerFast, cells: Sequence[Cell]
) -> list[float]:
    """P(word | prompt) of each cell, over the whole vocabulary."""
    prompts = [words(cell.prompt)["input_ids"] for cell in cells]
    rows = [p + words(c.word)["input_ids"] for p, c in zip(prompts, cells, strict=True)]
    found: list[float] = []
    for prompt, scored in zip(prompts, score(model, words, rows), strict=True):
        word = slice(len(prompt) - 1, None)
        log_p = scored.log_p[word].gather(1, scored.ids[1:][word, None]).sum()
        found.append(float(log_p.exp()))
    return found


def greedy(
    model: BloomForCausalLM,
    words: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    tokens: int = 60,
) -> list[str]:
    """What the model writes after each prompt, its likeliest token each time."""
    import torch

    words.padding_side = "left"
    batch = words(list(prompts), return_tensors="pt", padding=True)
    width = batch["input_ids"].shape[1]
    with torch.inference_mode():
        written = model.generate(  # type: ignore[misc]
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            do_sample=False,
            max_new_tokens=tokens,
        )
    return [str(text) for text in words.batch_decode(written[:, width:], skip_special_tokens=True)]
