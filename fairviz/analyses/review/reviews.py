"""Reviews that people make and answer, one person's answers at a time."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fairviz import __version__
from fairviz.analyses.review import codec
from fairviz.analyses.review.request import Item, Log, Review, Shown
from fairviz.analyses.store import EXAMPLES, Store
from fairviz.core.errors import FairvizError
from fairviz.core.stored import changing, readable
from fairviz.i18n import _, ngettext


class BadName(FairvizError):
    """A name that cannot be taken."""


class NoPairs(FairvizError):
    """A review of nothing."""


class Closed(FairvizError):
    """An answer to a review that its reviewer has ended."""


def named(typed: str) -> str:
    """A reviewer's name as typed, without what cannot be seen.

    Raises:
        BadName: If nothing is left, or it is longer than 80 characters.
    """
    name = _seen(unicodedata.normalize("NFC", typed))
    if not name or len(name) > 80:
        raise BadName(
            _("A reviewer needs a name of 1 to 80 characters."),
            fix=_("Type one; any name will do."),
        )
    return name


def _seen(text: str) -> str:
    """One line of what of it can be seen; half characters cannot."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class Reviews:
    """The reviews under a cache folder."""

    def __init__(self, root: Path | None = None) -> None:
        self._store = Store(root)
        self.folder = self._store.folder("review")

    def make(
        self,
        title: str,
        items: Sequence[Item],
        *,
        left_out: Mapping[str, int] | None = None,
        seed: str = "",
    ) -> Review:
        """Keep a new review.

        Args:
            seed: Of sides and orders; by default one that nobody can know.

        Raises:
            BadName: If the title holds no letter or digit, or its name is taken.
            NoPairs: If there is no pair.
            CannotKeep: If it cannot be written.
        """
        title = _seen(title)[:80]
        name = codec.slug(title)[:60].strip("-")
        if not name:
            raise BadName(_("A review needs a name with a letter or a digit."), fix=_("Type one."))
        taken = BadName(
            _("There is a review named {name} already.", name=name),
            fix=_("Choose another name; the answers to that one stay."),
        )
        if (self.folder / name).exists():
            raise taken
        if not items:
            raise NoPairs(
                _("There is no pair of texts to ask about."),
                fix=_("Choose runs whose two texts differ."),
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        seed = seed or secrets.token_hex(16)
        left = dict(left_out or {})
        review = Review(name, title, now, seed, tuple(items), left, __version__)
        with changing(self.folder):
            if (self.folder / name).exists():  # another made it since
                raise taken
            self._store.save("review", name, review)
        return review

    def load(self, name: str) -> Review | None:
        """A review with all its answers; None if there is none or it cannot be read."""
        found: Review | None = self._store.load("review", name)
        return found

    def recent(self) -> list[Review]:
        """Every review that can be read, the newest first."""
        folders = (path.parent for path in self.folder.glob("[!.]*/review.json"))
        found = readable(folders, codec.CODEC.read)
        return sorted(found, key=lambda review: review.date, reverse=True)

    def answers(self, review: Review, reviewer: str) -> Log:
        """What a person has written so far; an empty log for a new one."""
        return codec.log(self._path(review, reviewer)) or Log(reviewer)

    def answer(self, review: Review, reviewer: str, shown: Shown, given: Mapping[str, str]) -> None:
        """Keep what a person says of an item; it supersedes what they said of it before.

        Raises:
            Closed: If they have ended their review, or it is an example.
            CannotKeep: If it cannot be written.
        """
        kept = {name: word for name, word in given.items() if word}
        said = {"reviewer": reviewer, "item": shown.item.id, "a": shown.first, "answers": kept}
        if EXAMPLES in self._path(review, reviewer).parents:
            raise Closed(
                _("This review is an example, and takes no answers."),
                fix=_("Make one of runs of your own."),
            )
        with changing(self.folder):
            if self.answers(review, reviewer).finished:
                raise Closed(
                    _("{name} has ended this review.", name=reviewer),
                    fix=_("Answers stay as they were when the result was seen."),
                )
            codec.append(self._path(review, reviewer), said)

    def finish(self, review: Review, reviewer: str) -> None:
        """End a person's review; from now on they see the result and change nothing.

        Raises:
            Closed: If an item is not answered whole.
            CannotKeep: If it cannot be written.
        """
        with changing(self.folder):
            left = len(review.items) - review.done(self.answers(review, reviewer))
            if left:
                raise Closed(
                    ngettext(
                        "{n} pair is not answered yet.", "{n} pairs are not answered yet.", left
                    ),
                    fix=_("Answer all pairs first; then the result is shown."),
                )
            codec.append(self._path(review, reviewer), {"reviewer": reviewer, "finished": True})

    def _path(self, review: Review, reviewer: str) -> Path:
        folder: Path = self._store.place("review", review.name)
        return folder / "answers" / codec.file_name(reviewer)
