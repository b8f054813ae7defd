"""What fairviz itself calls groups, kinds and units; what a file calls them stays as it is."""

from __future__ import annotations

from fairviz.i18n import N_, said

_WORDS = frozenset(
    (
        # Groups of any items.
        N_("all"), N_("nobody"), N_("no group"), N_("all prompts"),
        N_("toxic prompts"), N_("other prompts"), N_("unrated prompts"),
        N_("trades of men"), N_("trades of women"), N_("the trade"),
        N_("the other person"),
        # Axes of the project's own items and word lists.
        N_("trade"), N_("valley"), N_("gender"), N_("origin"), N_("religion"),
        N_("age"), N_("class"), N_("disability"), N_("appearance"),
        N_("orientation"), N_("region"), N_("wealth"), N_("sexuality"),
        N_("place: rural people"), N_("sentiment"), N_("groups"), N_("pronouns"),
        N_("people"),
        N_("family"), N_("roles"), N_("mentioned"),
        # Themes of the bank of prompts.
        N_("controls"), N_("families"), N_("places"), N_("questions"),
        N_("tales"), N_("trades"),
        # Whom the lists and the bank speak of.
        N_("feminine"), N_("masculine"), N_("positive"), N_("negative"),
        N_("female"), N_("male"),
        N_("Muslims"), N_("Jewish people"), N_("Christians"),
        N_("Hindus and Buddhists"), N_("atheists"), N_("North Africans"),
        N_("West Africans"), N_("Black people"), N_("white people"),
        N_("Asian people"), N_("Latin Americans"), N_("migrants"), N_("Roma"),
        N_("children"), N_("older people"), N_("poor people"), N_("rich people"),
        N_("disabled people"), N_("gay people"), N_("trans people"),
        N_("rural people"), N_("men"), N_("women"),
        # Cells of the tables.
        N_("unknown"), N_("stereotyped"), N_("against the stereotype"),
        N_("a person"), N_("ambiguous"), N_("disambiguated"), N_("not known"),
        N_("the authors' target"), N_("the item's own groups"), N_("position"),
        N_("indifference"), N_("continuation"), N_("template"), N_("more"),
        N_("less"), N_("the more stereotyping"), N_("the feminine"), N_("ratio"),
        N_("difference"), N_("share"), N_("words"), N_("own words"),
        N_("words per 100"),
        N_("profession"), N_("race"),
        N_("character"), N_("word"), N_("token"), N_("score"), N_("typed"),
    )
)  # fmt: skip


def kept(name: str) -> str:
    """A name for a sentence that is kept: in two parts where it has two, as `gender: feminine`."""
    if name in _WORDS:
        return said.Said.of(name)
    first, dot, last = name.rpartition(" · ")
    if dot and last in _WORDS:
        return said._("{first} · {last}", first=first, last=kept(last))
    first, colon, last = name.partition(": ")
    if colon and {first, last} <= _WORDS:
        return said._("{first}: {last}", first=kept(first), last=kept(last))
    return name


def shown(name: str) -> str:
    """A name in the current language."""
    found = kept(name)
    return said.shown(found) if isinstance(found, said.Said) else name
