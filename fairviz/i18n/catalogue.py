"""The catalogues: one `.po` file an area of the package, read once a language."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).resolve().parents[1] / "locale"

# What the header of every `.po` says. The CLDR's French (babel from 2.19 on) has a third form for
# exact millions; before a number in figures French is written without it, "1 000 000 prompts", so
# gettext's own two forms are all that the catalogues hold, whatever babel is installed.
PLURAL_FORMS = {"fr": "nplurals=2; plural=(n > 1);"}


def written(code: str, name: str) -> Catalog:
    """An area's catalogue as it lies on disk; empty where there is none yet."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = FOLDER / code / f"{name}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as stream:
        return read_po(stream, locale=code)


def messages(code: str, areas: Sequence[str]) -> list[str]:
    """The messages of some areas, with the singular and the plural of each that has both."""
    every = (message.id for name in areas for message in written(code, name) if message.id)
    return [one for each in every for one in ([each] if isinstance(each, str) else each)]


@lru_cache(maxsize=8)
def catalogue(code: str) -> gettext.NullTranslations:
    """All messages of one language. English needs none: its messages are the keys.

    The forms of a plural are those that the headers of the files declare.
    """
    names = sorted(path.stem for path in (FOLDER / code).glob("*.po"))
    if not names:
        return gettext.NullTranslations()
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    every = Catalog(locale=code)
    for name in names:
        area = written(code, name)
        every.mime_headers = [("Plural-Forms", area.plural_forms)]
        for message in area:
            # What one area has not translated yet must not hide what another one has.
            found = message.string
            if message.id and (all(found) if isinstance(found, list | tuple) else found):
                every.add(message.id, message.string)
    # A sentence may have been kept before its message had a singular of its own.
    for message in [*every]:
        match message.id, message.string:
            case (_, str(many)), (*_, str(found)) if many not in every:
                every.add(many, found)
    compiled = BytesIO()
    write_mo(compiled, every)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
