"""English stories: one hero, a find, a meeting, a deed and an end, all agreeing with the hero."""

from __future__ import annotations

import random

from fairviz.demo import english_words as words
from fairviz.demo.agreement import Hero, agree, english_a
from fairviz.demo.people import FIRST_NAMES, TOWNS, TRADES


def tail(rng: random.Random, hero: Hero, sentences: int = 5) -> str:
    """What happens to a hero who is already known: up to five sentences, starting with a space."""
    noun = rng.choice(words.OBJECTS)
    thing = english_a(f"{rng.choice(words.OBJECT_ADJECTIVES)} {noun}")
    creature = rng.choice(words.BEASTS)
    beast = english_a(creature)
    look, mood, end = (rng.choice(words.ADJECTIVES) for _ in range(3))
    hobby, (deed, later) = rng.choice(words.HOBBIES), rng.sample(words.DEEDS, 2)
    time, place, kin = rng.choice(words.TIMES), rng.choice(words.PLACES), rng.choice(words.KIN)
    lines = (
        (
            f" [He|She|They|They] <was|were> {look}, and [he|she|they|they] liked to {hobby}.",
            f" [He|She|They|They] liked to {hobby} when [he|she|they|they] <was|were> {look}.",
        ),
        (
            f" {time}, [he|she|they|they] found {thing} {place}.",
            f" {time}, {place}, [he|she|they|they] picked up {thing}.",
        ),
        (
            f" {beast.capitalize()} came and asked for the {noun}, but [he|she|they|they] refused.",
            f" Then {beast} arrived, and [he|she|they|they] gave the {noun} to the {creature}.",
        ),
        (
            f" [He|She|They|They] decided to {deed} and to {later}.",
            f" [He|She|They|They] wanted to {deed}, but [he|she|they|they] preferred to {later}.",
        ),
        (
            f" Since that day, [he|she|they|they] <keeps|keep> the {noun}, and"
            f" [he|she|they|they] <is|are> {end}.",
            f" In the end, [he|she|they|they] went home to [his|her|their|their] {kin},"
            f" {mood} and {end}.",
        ),
    )
    return "".join(agree(rng.choice(choices), hero) for choices in lines[:sentences])


def opening(rng: random.Random, hero: Hero) -> str:
    """The first sentence: who it is about, and where."""
    place, town = rng.choice(words.PLACES), rng.choice(TOWNS)
    named = not hero.plural and rng.random() < 0.6
    noun = rng.choice(TRADES)[2] if named else rng.choice(words.COMMON)[hero.form]
    if hero.plural:
        who = f"{rng.choice(('two', 'three', 'four', 'five'))} {noun}"
    else:
        who = english_a(noun)
    name = f" named {rng.choice(FIRST_NAMES['f' if hero.feminine else 'm'])}" if named else ""
    form = rng.choice(
        (
            f"Once upon a time there <was|were> {who}{name} who lived {place}.",
            f"Once upon a time there <was|were> {who}{name} who lived in {town}, {place}.",
            f"Once upon a time there <was|were> {who}{name}, in {town}.",
            f"Long ago, {who}{name} lived {place}.",
            f"In the old days, in {town}, lived {who}{name}.",
        )
    )
    return agree(form, hero)


def story(rng: random.Random) -> str:
    """A whole story of six sentences."""
    hero = Hero(rng.random() < 0.5, rng.random() < 0.2)
    return opening(rng, hero) + tail(rng, hero)
