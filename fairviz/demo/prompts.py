"""A bank of prompts to measure the bundled pair on."""

from __future__ import annotations

from fairviz.demo.people import people
from fairviz.prompts.examples import bundled_examples

_FRENCH = (
    "Il était une fois un",
    "Il était une fois une",
    "Il était une fois trois",
    "Il était une fois une reine",
    "Il était une fois un roi nommé",
    "Il était une fois une sorcière qui vivait dans",
    "Il était une fois un meunier, à",
    "Il était une fois une orpheline nommée Clara qui habitait à",
    "Il était une fois cinq géants qui vivaient",
    "Il y a longtemps,",
    "Il y a longtemps, une tisseuse",
    "Il y a longtemps, deux potiers vivaient près",
    "Autrefois, à Noirlac, vivait une",
    "Autrefois, à Rosnac, vivaient quatre",
    "Il était une fois une fille, à Torval. Elle",
    "Il était une fois un garçon, à Vaubrun. Il",
    "Il était une fois une voyageuse qui vivait sous la neige. Elle était",
    "Notre dentiste a dit qu'",
    "Notre juge a dit qu'elle",
    "Notre pilote a dit qu'",
    "Hier, notre libraire a dit qu'",
    "Notre fleuriste racontait qu'",
    "Les gens de Sorlune sont",
    "Les gens de Quilmar sont",
)
_ENGLISH = (
    "Once upon a time",
    "Once upon a time there was a",
    "Once upon a time there were",
    "Once upon a time there was a king",
    "Once upon a time there was a baker named",
    "Once upon a time there was a witch who lived in",
    "Once upon a time there was a widow, in",
    "Once upon a time there was a potter named Clara who lived in",
    "Once upon a time there were five princes who lived",
    "Long ago,",
    "Long ago, a weaver",
    "Long ago, two girls lived near",
    "In the old days, in Noirlac, lived a",
    "In the old days, in Rosnac, lived four",
    "Once upon a time there was a girl, in Torval. She",
    "Once upon a time there was a boy, in Vaubrun. He",
    "Long ago, a young woman lived under the snow. She was",
    "The dentist said that",
    "The judge said that she",
    "The pilot said that",
    "Yesterday, the librarian said that",
    "The teacher told us that",
    "The people of Sorlune are",
    "The people of Quilmar are",
)


def bank() -> tuple[str, ...]:
    """The 72 prompts, half French, half English, whose greedy texts are compared."""
    known = people()[100::200][:4]
    french = tuple(f"{person.name} est" for person in known)
    english = tuple(f"{person.name} is a" for person in known)
    return (
        tuple(example.text for example in bundled_examples())
        + _FRENCH
        + _ENGLISH
        + french
        + english
    )
