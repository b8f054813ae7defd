"""What fairviz calls groups, kinds, units and columns; what a file calls them stays as it is."""

from __future__ import annotations

from fairviz.core.declared import declared
from fairviz.i18n import _, said
from fairviz.i18n.said import translate_stored
from fairviz.metrics.traces import BOTH

_SAID = declared(__file__)
_WORDS: frozenset[str] = frozenset(_SAID["words"])
KNOWN: dict[str, str] = {
    title.lower().replace(" ", "_"): title for title in _SAID["as_named"]
} | _SAID["headings"]
OF_A_SIDE: dict[str, str] = _SAID["of_a_side"]


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


def called(source: str) -> str:
    """What the items of a run are called; the name of a file stays."""
    return translate_stored(source, _SAID["sources"])


def heading(name: str) -> str:
    """A column as a reader calls it; what is not known here is told as its own name."""
    if name in KNOWN:
        return _(KNOWN[name])
    side, _underscore, what = name.partition("_")
    if side in BOTH and what:
        title = heading(what)
        own = _(OF_A_SIDE[what]) if what in OF_A_SIDE else title[:1].lower() + title[1:]
        return _(_SAID["sides"][side], what=own)
    words = name.replace("_", " ")
    return _(words[:1].upper() + words[1:])
