"""What a report is: its parts in order, as people arrange them and as it lies on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import half
from fairviz.core.stored import Newer
from fairviz.i18n import LANGUAGES, N_, _, ngettext

SCHEMA = 1
KINDS = {**{kind: analysis.title for kind, analysis in ANALYSES.items()}, "text": N_("Text")}
MOST_PARTS = 200
LONGEST = {"key": 4000, "title": 300, "heading": 300, "note": 50_000}
_LONGEST_OPTION = 100
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_RESERVED = re.compile(r"damaged|con|prn|aux|nul|(?:com|lpt)[0-9]")


class BadReport(FairvizError):
    """A report, or a part of one, that cannot be read."""


class NewerReport(BadReport, Newer):
    """A report that another version wrote; it is left where it is."""


@dataclass(frozen=True)
class Part:
    """One thing in a report."""

    kind: str  # key of `KINDS`
    # Of a run, its key on the shelf; of a table view, its canonical address; of a blind review, its
    # name; of a text, what tells it from other texts.
    key: str
    title: str = ""  # what the run calls itself, in English; shown where there is no heading
    note: str = ""  # markdown that a person wrote
    heading: str = ""  # what a person called it; empty where nobody did
    # Whether a person wants its texts blurred until asked for; what a probe or a review calls
    # sensitive is blurred without.
    blur: bool = False
    # Name -> value of what was chosen of how it is shown; see `analyses.presentation`.
    options: tuple[tuple[str, str | bool], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadReport(
                _("There is no kind of part {kind!r}.", kind=self.kind),
                fix=_("Name one of {names}.", names=", ".join(KINDS)),
            )
        for field, most in LONGEST.items():
            value = getattr(self, field)
            if not isinstance(value, str) or half(value):
                raise BadReport(
                    _("The {field} of a part is no text.", field=field),
                    fix=_("Give it as text."),
                )
            if len(value) > most:
                raise BadReport(
                    ngettext(
                        "The {field} of a part has {n:,} character.",
                        "The {field} of a part has {n:,} characters.",
                        len(value),
                        field=field,
                    ),
                    fix=_("Shorten it to {most:,}.", most=most),
                )
        if not isinstance(self.blur, bool):
            raise BadReport(
                _("Whether a part is blurred is no yes or no."), fix=_("Say true or false.")
            )
        if not all(_is_option(*option) for option in self.options):
            raise BadReport(
                _("What a part shows is no choice of options."),
                fix=_("Give names and short values."),
            )
        plain = self.key.isalnum() and self.key.isascii()
        if not (plain if self.kind in HASHED else self.key):
            raise BadReport(
                _("{key!r} names no run ({kind}).", key=self.key, kind=self.kind),
                fix=_("Give the key that its link names."),
            )

    @property
    def place(self) -> tuple[str, str]:
        """What tells it from the other parts of a report."""
        return self.kind, self.key

    def document(self) -> dict[str, Any]:
        """Plain JSON values; without options as before there were any."""
        document = {**self.__dict__, "options": dict(self.options)}
        if not self.options:
            del document["options"]
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Part:
        """The inverse of `document`.

        Raises:
            BadReport, KeyError, TypeError, ValueError, AttributeError: If it is none.
        """
        options = tuple(dict(document.get("options") or {}).items())
        return cls(**{**document, "options": options})


@dataclass(frozen=True)
class Report:
    """Parts in order, under a title."""

    name: str  # of its folder and in links
    title: str  # what people call it
    language: str = "en"  # the language that it is written in, a key of `LANGUAGES`
    parts: tuple[Part, ...] = ()  # in order; each place once

    def __post_init__(self) -> None:
        checked(self.name)
        if not isinstance(self.title, str) or not self.title.strip() or half(self.title):
            raise BadReport(_("The report has no title."), fix=_("Give it one."))
        if len(self.title) > LONGEST["title"]:
            raise BadReport(_("The report’s title is too long."), fix=_("Give it a shorter one."))
        if self.language not in LANGUAGES:
            raise BadReport(
                _("There is no language {code!r}.", code=self.language),
                fix=_("Name one of {names}.", names=", ".join(LANGUAGES)),
            )
        if len(self.parts) > MOST_PARTS:
            raise BadReport(
                ngettext(
                    "The report has {n:,} part.",
                    "The report has {n:,} parts.",
                    len(self.parts),
                ),
                fix=_("Make several of it, of at most {most:,} each.", most=MOST_PARTS),
            )
        if len({part.place for part in self.parts}) < len(self.parts):
            raise BadReport(_("The report has a part twice."), fix=_("Leave one of the two out."))

    def has(self, kind: str, key: str) -> bool:
        """Whether a run is in it."""
        return any(part.place == (kind, key) for part in self.parts)

    def plainly(self) -> Report:
        """The same with every part in plain words, where it has any."""
        chosen = [tuple({**dict(one.options), "plain": True}.items()) for one in self.parts]
        both = zip(self.parts, chosen, strict=True)
        return replace(self, parts=tuple(replace(one, options=how) for one, how in both))

    def with_part(self, part: Part, at: int | None = None) -> Report:
        """With one more part, last or at a place; the same report if it is in already."""
        if self.has(*part.place):
            return self
        at = len(self.parts) if at is None else at
        return replace(self, parts=(*self.parts[:at], part, *self.parts[at:]))

    def without(self, place: tuple[str, str]) -> Report:
        """Without one part."""
        return replace(self, parts=tuple(part for part in self.parts if part.place != place))

    def moved(self, place: tuple[str, str], by: int) -> Report:
        """One part `by` places further down (up where negative), as far as there are places."""
        order = list(self.parts)
        here = next((at for at, part in enumerate(order) if part.place == place), None)
        if here is None:
            return self
        part = order.pop(here)
        order.insert(max(0, here + by), part)
        return replace(self, parts=tuple(order))

    def changed(self, place: tuple[str, str], **fields: Any) -> Report:
        """With other values of some fields of one part."""
        parts = (replace(part, **fields) if part.place == place else part for part in self.parts)
        return replace(self, parts=tuple(parts))

    def document(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "schema": SCHEMA,
            **self.__dict__,
            "parts": [part.document() for part in self.parts],
        }

    def text(self) -> str:
        """As `report.json` holds it."""
        return json.dumps(self.document(), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_document(cls, document: object) -> Report:
        """The inverse of `document`.

        Raises:
            BadReport: If it is of a newer schema, or no report.
        """
        if not isinstance(document, Mapping) or type(document.get("schema")) is not int:
            raise BadReport(_("This is no report."), fix=_("Choose a report that fairviz wrote."))
        if document["schema"] != SCHEMA:
            raise NewerReport(
                _(
                    "The report has schema {schema}, this fairviz reads {mine}.",
                    schema=str(document["schema"]),
                    mine=str(SCHEMA),
                ),
                fix=_("Open it with the fairviz that wrote it, or a newer one."),
            )
        try:
            parts = tuple(Part.from_document(part) for part in document["parts"])
            return cls(document["name"], document["title"], document["language"], parts)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadReport(
                _("The report cannot be read ({why}).", why=f"{type(error).__name__}: {error}"),
                fix=_("Choose a report that fairviz wrote."),
            ) from error


def _is_option(name: object, value: object) -> bool:
    return all(
        isinstance(word, str) and len(word) <= _LONGEST_OPTION and not half(word)
        for word in (name, str(value) if isinstance(value, bool) else value)
    )


def checked(name: object) -> str:
    """A report's name, which is a folder's name on every system.

    Raises:
        BadReport: If it could be anything else.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)) or _RESERVED.fullmatch(name):
        raise BadReport(
            _("{name!r} cannot be the name of a report.", name=name),
            fix=_("Use small letters, digits and hyphens, at most 60, e.g. nurses-2026."),
        )
    return name


def named(title: str) -> str:
    """A name for a title: "L'été, 2026" becomes "l-ete-2026"."""
    from unicodedata import normalize

    letters = normalize("NFKD", title.replace("’", "-")).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", letters)[:50].strip("-") or "report"
    return f"report-{name}" if _RESERVED.fullmatch(name) else name
