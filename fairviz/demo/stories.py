"""Stories in two languages: one hero, a find, a meeting, a deed and an end, all agreeing.

The order in which words are drawn is part of the corpus: another order is another corpus.
"""

from __future__ import annotations

import random
import re
from functools import cache

from fairviz.demo.agreement import Hero, agree, english_a, four_forms, french_the
from fairviz.demo.people import WORDS
from fairviz.prompts.planted import Language


@cache
def genders(kind: str) -> list[tuple[str, bool]]:
    """French `objects` or `beasts`, each with whether it is feminine."""
    both = (
        (WORDS["fr"][f"{name}_{kind}"], name == "feminine") for name in ("masculine", "feminine")
    )
    return [(noun, feminine) for nouns, feminine in both for noun in nouns]


@cache
def french_heroes() -> list[tuple[str, str]]:
    """Masculine and feminine of whom a French story can be about."""
    return [
        (masculine, feminine)
        for masculine, feminine, *_rest in (*WORDS["fr"]["heroes"], *WORDS["trades"])
    ]


def adjective(rng: random.Random, language: Language, hero: Hero) -> str:
    """An adjective that agrees with the hero."""
    found: str = rng.choice(WORDS[language]["adjectives"])
    return agree(four_forms(found), hero) if language == "fr" else found


def _met(rng: random.Random, language: Language) -> dict[str, str]:
    """An object and a beast, as they are found ("une clé dorée") and named again ("la clé")."""
    if language == "en":
        noun, look = (
            rng.choice(WORDS["en"]["objects"]),
            rng.choice(WORDS["en"]["object_adjectives"]),
        )
        creature = rng.choice(WORDS["en"]["beasts"])
        return {
            "thing": english_a(f"{look} {noun}"), "the_thing": f"the {noun}",
            "beast": english_a(creature), "the_beast": f"the {creature}",
        }  # fmt: skip
    noun, feminine = rng.choice(genders("objects"))
    look = agree(four_forms(rng.choice(WORDS["fr"]["object_adjectives"])), Hero(feminine))
    article, that = ("une", "cette") if feminine else ("un", "cet" if noun[0] in "aœ" else "ce")
    creature, she = rng.choice(genders("beasts"))
    return {
        "thing": f"{article} {noun} {look}", "the_thing": french_the(noun, feminine),
        "that_thing": f"{that} {noun}",
        "beast": f"{'une' if she else 'un'} {creature}", "the_beast": french_the(creature, she),
    }  # fmt: skip


def _of(infinitive: str) -> str:
    """The French infinitive behind "de", elided before a vowel."""
    return f"d'{infinitive}" if infinitive[0] in "aeiouyhé" else f"de {infinitive}"


def tail(rng: random.Random, language: Language, hero: Hero, sentences: int = 5) -> str:
    """What happens to a hero who is already known: up to five sentences, starting with a space."""
    words, told = WORDS[language], _met(rng, language)
    told |= {name: adjective(rng, language, hero) for name in ("look", "mood", "end")}
    told["hobby"] = rng.choice(words["hobbies"])
    told["deed"], told["later"] = rng.sample(words["deeds"], 2)
    told |= {name: rng.choice(words[f"{name}s"]) for name in ("time", "place")}
    told |= {"kin": rng.choice(words["kin"]), "Beast": told["beast"].capitalize()}
    told |= {f"of_{name}": _of(told[name]) for name in ("deed", "later")}
    lines = [list(forms) for forms in words["tail"]]
    if told["the_beast"].startswith("le "):
        lines[2][1] = words["watched"]
    text = "".join(agree(rng.choice(forms).format(**told), hero) for forms in lines[:sentences])
    if language == "fr" and hero.plural:  # several owners
        return re.sub(r"\b(sa|son)\b", "leur", re.sub(r"\bses\b", "leurs", text))
    return text


def opening(rng: random.Random, language: Language, hero: Hero) -> str:
    """The first sentence: who it is about, and where."""
    words = WORDS[language]
    both = rng.choice(french_heroes()) if language == "fr" else ()
    place, town = rng.choice(words["places"]), rng.choice(WORDS["towns"])
    names = WORDS["first_names"]["f" if hero.feminine else "m"]
    name = ""
    if language == "fr":
        noun = both[hero.feminine]
        if hero.plural:
            who = f"{rng.choice(words['counts'])} {noun}s"
        else:
            who = f"{'une' if hero.feminine else 'un'} {noun}"
            first = rng.choice(names)
            name = rng.choice(("", f" [nommé|nommée||] {first}"))
    else:
        named = not hero.plural and rng.random() < 0.6
        noun = rng.choice(WORDS["trades"])[2] if named else rng.choice(words["heroes"])[hero.form]
        who = f"{rng.choice(words['counts'])} {noun}" if hero.plural else english_a(noun)
        name = f" named {rng.choice(names)}" if named else ""
    form = rng.choice(words["opening"])
    return agree(form.format(who=who, name=name, place=place, town=town), hero)


def story(rng: random.Random, language: Language) -> str:
    """A whole story of six sentences."""
    hero = Hero(rng.random() < 0.5, rng.random() < 0.2)
    return opening(rng, language, hero) + tail(rng, language, hero)
