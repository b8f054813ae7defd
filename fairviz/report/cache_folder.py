"""What lies in the cache folder: how large it is, what a report or a review holds, what may go.

Nothing is ever deleted but by `prune`, which a person asks for: a run may have cost hours. A run is
held where its key stands in the file of a report or of a blind review, whatever the schema of that
file and whatever else is wrong with it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.core.disk import cache_root, remove
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.home import SHIPPED
from fairviz.core.sizes import size_in
from fairviz.engine.finished import FOLDER
from fairviz.i18n import _
from fairviz.report.runs import PLACES

LIMIT = "FAIRVIZ_CACHE_LIMIT"
USUAL_LIMIT = 5 * 10**9
# Kind -> its folder. What is computed may be pruned; what people made or brought may not.
COMPUTED = {
    **{kind: PLACES[kind].folder for kind in HASHED},
    "model": "compressed",
    "point": "tradeoff",
    "null": "null_models",
    "unfinished": FOLDER,
}
MADE_BY_PEOPLE = {
    "report": "reports",
    **{kind: PLACES[kind].folder for kind in ("review", "tables")},
}
# An audit, or what workers have done of a run, may still be running if it was written to more
# recently than this.
_UNDER_WAY = 3600.0
_AGE = re.compile(r"(\d+)\s*([hdw])", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 168}


class CannotPrune(FairvizError):
    """The cache is left as it is, or part of it could not be deleted."""


@dataclass(frozen=True)
class Entry:
    """One run, model, report or the like in the cache."""

    kind: str  # key of `COMPUTED` or `MADE_BY_PEOPLE`, or `damaged`
    key: str  # name of its folder or file
    path: Path  # where it lies
    bytes: int  # of its files together
    written: float  # when it was last written, seconds since 1970
    held_by: tuple[str, ...] = ()  # reports and reviews that it stands in, as `report NAME`

    def may_go(self, now: float) -> bool:
        """Whether it is computed, in no report or review, and no longer being written."""
        if self.kind not in COMPUTED or self.held_by:
            return False
        done = self.kind not in ("audit", "unfinished") or (
            self.kind == "audit" and (self.path / ANALYSES["audit"].codec.needed).exists()
        )
        return done or now - self.written >= _UNDER_WAY


@dataclass(frozen=True)
class Contents:
    """All that lies in a cache folder, the oldest first, and how much may."""

    root: Path
    limit: int | None
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def bytes(self) -> int:
        """Of everything listed."""
        return sum(entry.bytes for entry in self.entries)

    @property
    def excess(self) -> int:
        """Bytes above the limit; 0 where there is no limit."""
        return 0 if self.limit is None else max(0, self.bytes - self.limit)

    def prunable(
        self,
        *,
        older_than: float | None = None,
        to_limit: bool = False,
        kinds: Sequence[str] = (),
        now: float | None = None,
    ) -> list[Entry]:
        """What may be deleted, the oldest first.

        Args:
            older_than: Only what was last written more seconds ago than this.
            to_limit: Only as much as brings the cache down to its limit.
        """
        now = time.time() if now is None else now
        chosen, excess = [], self.excess
        for entry in self.entries:
            if to_limit and excess <= 0:
                break
            old = older_than is None or now - entry.written > older_than
            if entry.may_go(now) and old and (not kinds or entry.kind in kinds):
                chosen.append(entry)
                excess -= entry.bytes
        return chosen


def contents(root: Path | None = None, limit: int | None = None) -> Contents:
    """What lies in a cache folder, `FAIRVIZ_CACHE` by default; it may become as large as
    `FAIRVIZ_CACHE_LIMIT` says, else 5 GB.

    Raises:
        CannotPrune: If a report or review cannot be read, so that what it holds is not known.
        BadSpec: If the environment's limit is no size.
    """
    root = cache_root() if root is None else root
    holders = _holders(root)
    found = []
    for kind, path in _places(root):
        try:
            size, written = _weigh(path), path.stat().st_mtime
        except FileNotFoundError:
            continue  # deleted or replaced meanwhile
        key = path.stem if kind in ("point", "null") else path.name
        held = tuple(name for name, words in holders.items() if key in words)
        found.append(Entry(kind, key, path, size, written, held if kind in COMPUTED else ()))
    found.sort(key=lambda entry: entry.written)
    said = os.environ.get(LIMIT, "").strip()
    if limit is None:
        limit = size_in(said, LIMIT) if said else USUAL_LIMIT
    return Contents(root, limit, tuple(found))


def _places(root: Path) -> Iterator[tuple[str, Path]]:
    for kind, name in (*COMPUTED.items(), *MADE_BY_PEOPLE.items()):
        for path in _inside(root / name):
            if path.name == "damaged" and path.is_dir():
                yield from (("damaged", aside) for aside in _inside(path))
            elif path.parent != SHIPPED / "benchmarks" or path.name != "beyond_perplexity":
                yield kind, path


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, without what is only being written; nothing where there is none."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _holders(root: Path) -> dict[str, set[str]]:
    """Report or review -> every quoted word of its file, keys of runs among them."""
    found: dict[str, set[str]] = {}
    for kind, name in (("report", "reports"), ("review", "reviews")):
        for path in (root / name).rglob(f"{kind}.json"):
            try:
                text = path.read_bytes().decode(errors="replace")
            except FileNotFoundError:
                continue  # replaced meanwhile; the new one is whole
            except OSError as error:
                raise CannotPrune(
                    _("{path} cannot be read ({why}).", path=path, why=error.strerror),
                    fix=_("Make it readable: what it holds must not be deleted."),
                ) from error
            found[f"{kind} {path.parent.name}"] = set(re.findall(r'"(\w+)"', text))
    return found


def _weigh(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return path.lstat().st_size
    total = 0
    for folder, _rest, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def prune(entries: Iterable[Entry]) -> int:
    """Delete these, each whole or not at all; how many bytes became free.

    What was written to since it was listed, or is held by now, stays.

    Raises:
        CannotPrune: If one cannot be deleted; those before it are gone.
    """
    freed = 0
    entries = list(entries)
    root = entries[0].path.parents[1] if entries else cache_root()
    held = set().union(*_holders(root).values())
    for entry in entries:
        if entry.key in held:
            continue
        try:
            if entry.path.stat().st_mtime != entry.written:
                continue
            # Whoever looks sees all of it or nothing; a prune that is killed is finished by others.
            if entry.path.is_dir():
                remove(entry.path)
            else:
                entry.path.unlink()
        except FileNotFoundError:
            continue  # another was quicker
        except OSError as error:
            raise CannotPrune(
                _("{path} cannot be deleted ({why}).", path=entry.path, why=error.strerror),
                fix=_("Check whose the cache folder is; what was deleted before stays deleted."),
            ) from error
        freed += entry.bytes
    return freed


def age_in(words: str, name: str) -> float:
    """Seconds of an age such as `30d`, `12h`, `2w`.

    Raises:
        BadSpec: If it is no age.
    """
    found = _AGE.fullmatch(words.strip())
    if found is None:
        raise BadSpec(
            _("{name} is {words!r}, which is no age.", name=name, words=words),
            fix=_("Write it as in 30d, 12h or 2w."),
        )
    return int(found[1]) * _HOURS[found[2].lower()] * 3600.0
