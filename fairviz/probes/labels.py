"""What fairviz itself calls groups, kinds and units; what a file calls them stays as it is."""

from __future__ import annotations

from fairviz.i18n import later, said

_WORDS = frozenset(
    (
        # Groups of any items.
        later("all"), later("nobody"), later("no group"), later("all prompts"),
        later("toxic prompts"), later("other prompts"), later("unrated prompts"),
        later("trades of men"), later("trades of women"), later("the trade"),
        later("the other person"),
        # Axes of the project's own items and word lists.
        later("trade"), later("valley"), later("gender"), later("origin"), later("religion"),
        later("age"), later("class"), later("disability"), later("appearance"),
        later("orientation"), later("region"), later("wealth"), later("sexuality"),
        later("place: rural people"), later("sentiment"), later("groups"), later("pronouns"),
        later("people"),
        later("family"), later("roles"), later("mentioned"),
        # Themes of the bank of prompts.
        later("controls"), later("families"), later("places"), later("questions"),
        later("tales"), later("trades"),
        # Whom the lists and the bank speak of.
        later("feminine"), later("masculine"), later("positive"), later("negative"),
        later("female"), later("male"),
        later("Muslims"), later("Jewish people"), later("Christians"),
        later("Hindus and Buddhists"), later("atheists"), later("North Africans"),
        later("West Africans"), later("Black people"), later("white people"),
        later("Asian people"), later("Latin Americans"), later("migrants"), later("Roma"),
        later("children"), later("older people"), later("poor people"), later("rich people"),
        later("disabled people"), later("gay people"), later("trans people"),
        later("rural people"), later("men"), later("women"),
        # Cells of the tables.
        later("unknown"), later("stereotyped"), later("against the stereotype"),
        later("a person"), later("ambiguous"), later("disambiguated"), later("not known"),
        later("the authors' target"), later("the item's own groups"), later("position"),
        later("indifference"), later("continuation"), later("template"), later("more"),
        later("less"), later("the more stereotyping"), later("the feminine"), later("ratio"),
        later("difference"), later("share"), later("words"), later("own words"),
        later("words per 100"),
        later("profession"), later("race"),
        later("character"), later("word"), later("token"), later("score"), later("typed"),
    )
)  # fmt: skip


def kept(name: str) -> str:
    """A name for a sentence that is kept: in two parts where it has two, as `gender: feminine`."""
    if name in _WORDS:
        return said.Said.of(name)
    first, dot, last = name.rpartition(" · ")
    if dot and last in _WORDS:
        return said.tr("{first} · {last}", first=first, last=kept(last))
    first, colon, last = name.partition(": ")
    if colon and {first, last} <= _WORDS:
        return said.tr("{first}: {last}", first=kept(first), last=kept(last))
    return name


def shown(name: str) -> str:
    """A name in the current language."""
    found = kept(name)
    return said.shown(found) if isinstance(found, said.Said) else name
