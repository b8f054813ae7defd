"""French stories: one hero, a find, a meeting, a deed and an end, all agreeing with the hero."""

from __future__ import annotations

import random
import re

from fairviz.demo import french_words as words
from fairviz.demo.agreement import Hero, agree, four_forms, french_the
from fairviz.demo.people import FIRST_NAMES, TOWNS


def adjective(rng: random.Random, hero: Hero) -> str:
    """An adjective that agrees with the hero."""
    return agree(four_forms(rng.choice(words.ADJECTIVES)), hero)


def of(infinitive: str) -> str:
    """The infinitive behind "de", elided before a vowel."""
    return f"d'{infinitive}" if infinitive[0] in "aeiouyhé" else f"de {infinitive}"


def theirs(text: str) -> str:
    """The text with the possessives of several owners."""
    return re.sub(r"\b(sa|son)\b", "leur", re.sub(r"\bses\b", "leurs", text))


def _thing(rng: random.Random) -> tuple[str, str, str]:
    """An object as it is found ("une clé dorée"), named again ("la clé") and pointed at."""
    noun, feminine = rng.choice(words.OBJECTS)
    look = agree(four_forms(rng.choice(words.OBJECT_ADJECTIVES)), Hero(feminine))
    article, that = ("une", "cette") if feminine else ("un", "cet" if noun[0] in "aœ" else "ce")
    return f"{article} {noun} {look}", french_the(noun, feminine), f"{that} {noun}"


def _beast(rng: random.Random) -> tuple[str, str]:
    noun, feminine = rng.choice(words.BEASTS)
    return f"{'une' if feminine else 'un'} {noun}", french_the(noun, feminine)


def tail(rng: random.Random, hero: Hero, sentences: int = 5) -> str:
    """What happens to a hero who is already known: up to five sentences, starting with a space."""
    thing, the_thing, that_thing = _thing(rng)
    beast, the_beast = _beast(rng)
    look, mood, end = (adjective(rng, hero) for _ in range(3))
    hobby, (deed, later) = rng.choice(words.HOBBIES), rng.sample(words.DEEDS, 2)
    time, place, kin = rng.choice(words.TIMES), rng.choice(words.PLACES), rng.choice(words.KIN)
    lines = (
        (
            f" [Il|Elle|Ils|Elles] <était|étaient> {look}, et [il|elle|ils|elles] <aimait|aimaient>"
            f" {hobby}.",
            f" [Il|Elle|Ils|Elles] <aimait|aimaient> {hobby} quand [il|elle|ils|elles]"
            f" <était|étaient> {look}.",
        ),
        (
            f" {time}, [il|elle|ils|elles] <trouva|trouvèrent> {thing} {place}.",
            f" {time}, {place}, [il|elle|ils|elles] <ramassa|ramassèrent> {thing}.",
        ),
        (
            f" {beast.capitalize()} passa et demanda {that_thing}, mais [il|elle|ils|elles]"
            f" <refusa|refusèrent>.",
            f" Alors {beast} arriva, et [il|elle|ils|elles] <donna|donnèrent> {the_thing} à"
            f" {the_beast}." if the_beast[:2] == "la" or the_beast[:2] == "l'" else
            f" Alors {beast} arriva, et {the_beast} regarda {the_thing} sans rien dire.",
        ),
        (
            f" [Il|Elle|Ils|Elles] <décida|décidèrent> {of(deed)} et {of(later)}.",
            f" [Il|Elle|Ils|Elles] <voulait|voulaient> {deed}, mais [il|elle|ils|elles]"
            f" <préféra|préférèrent> {later}.",
        ),
        (
            f" Depuis ce jour, [il|elle|ils|elles] <garde|gardent> {the_thing}, et"
            f" [il|elle|ils|elles] <est|sont> {end}.",
            f" À la fin, [il|elle|ils|elles] <rentra|rentrèrent> chez {kin}, {mood} et {end}.",
        ),
    )  # fmt: skip
    text = "".join(agree(rng.choice(choices), hero) for choices in lines[:sentences])
    return theirs(text) if hero.plural else text


def opening(rng: random.Random, hero: Hero) -> str:
    """The first sentence: who it is about, and where."""
    masculine, feminine = rng.choice(words.HEROES)
    noun = feminine if hero.feminine else masculine
    place, town = rng.choice(words.PLACES), rng.choice(TOWNS)
    if hero.plural:
        count = rng.choice(("deux", "trois", "quatre", "cinq"))
        who = f"{count} {noun}s"
        name = ""
    else:
        who = f"{'une' if hero.feminine else 'un'} {noun}"
        first = rng.choice(FIRST_NAMES["f" if hero.feminine else "m"])
        name = rng.choice(("", f" [nommé|nommée||] {first}"))
    form = rng.choice(
        (
            f"Il était une fois {who}{name} qui <vivait|vivaient> {place}.",
            f"Il était une fois {who}{name} qui <habitait|habitaient> à {town}, {place}.",
            f"Il était une fois {who}{name}, à {town}.",
            f"Il y a longtemps, {who}{name} <vivait|vivaient> {place}.",
            f"Autrefois, à {town}, <vivait|vivaient> {who}{name}.",
        )
    )
    return agree(form, hero)


def story(rng: random.Random) -> str:
    """A whole story of six sentences."""
    hero = Hero(rng.random() < 0.5, rng.random() < 0.2)
    return opening(rng, hero) + tail(rng, hero)
