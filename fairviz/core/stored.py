"""What it means that something cannot be read or written: damage, a newer fairviz, or the system.

Only what fails its own check is damage. A system that has no more files, no space or no rights
fails every check, and a run of a newer schema fails ours; both are left where they are.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from fairviz.core.disk import cache_root, flush, locked, present
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _, speaking

# What the content of a file can be at fault for; any other number is of the system.
_OF_CONTENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
_FULL = N_(
    "Free some space, or name another cache folder in FAIRVIZ_CACHE; what is finished is kept."
)
_LOCKED = N_("Make it writable, or name another cache folder in FAIRVIZ_CACHE.")
_FOLDER = N_("Name a folder in FAIRVIZ_CACHE.")
_MANY = N_("Close tabs and other programs, or allow more open files (ulimit -n).")
_FIXES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _LOCKED),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), _FOLDER),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _MANY),
}
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Refused(FairvizError):
    """The system did not do what was asked of it."""


class CannotKeep(FairvizError):
    """The cache folder does not take what was measured or written."""


class CannotRead(FairvizError):
    """The system cannot read what is stored at this moment."""


class Newer(FairvizError):
    """Something that a newer fairviz has stored."""


class _NewerRun(Newer):
    """A run of a later schema."""

    def __init__(self, name: str, schema: int, known: int) -> None:
        self.of = name, schema, known
        super().__init__(
            _(
                "{name} was stored by a newer fairviz (schema {schema}; this one reads {known}).",
                name=name,
                schema=schema,
                known=known,
            ),
            fix=_("Update fairviz to open it; it stays where it is."),
        )


class Damaged(Exception):
    """Something stored is not what was written; in English, as it is kept beside it."""


def way_out(error: OSError) -> str:
    """What a person can do about something that was not written."""
    return _(_FIXES.get(error.errno or 0, _FULL))


def advice(error: OSError) -> Refused | None:
    """What a person can do about it; None for an error that no person can mend."""
    if error.errno not in _FIXES:
        return None
    # Libraries put their own sentences, with the error within, where the system's words belong.
    why = os.strerror(error.errno or 0)
    message = (
        _("{path}: the system says “{why}”.", path=str(error.filename), why=why)
        if error.filename is not None
        else _("The system says “{why}”.", why=why)
    )
    return Refused(message, fix=way_out(error))


def check_cache_folder() -> None:
    """Refuse a cache folder in which nothing can ever be kept, before an hour is computed.

    A full or read-only one is no reason: what it holds can be read, and answers can be shown.

    Raises:
        Refused: If it, or what it would lie in, is a file.
    """
    root = cache_root()
    there = next((place for place in (root, *root.parents) if os.path.lexists(place)), root)
    if os.path.lexists(there) and not there.is_dir():
        raise Refused(
            _("The cache folder {root} cannot be: {there} is a file.", root=root, there=there),
            fix=_(_FOLDER),
        )


@contextlib.contextmanager
def keeping(path: Path) -> Iterator[None]:
    """While something is written to the cache.

    Raises:
        CannotKeep: Whatever the system said, with the way out.
    """
    try:
        yield
    except OSError as error:
        raise CannotKeep(
            _("{path} cannot be written ({why}).", path=path, why=error.strerror or error),
            fix=way_out(error),
        ) from error


@contextlib.contextmanager
def changing(folder: Path) -> Iterator[None]:
    """While this one alone, of all pages and processes, reads, changes and writes in a folder.

    Raises:
        CannotKeep: As `keeping`.
    """
    with keeping(folder), locked(folder):
        yield


@contextlib.contextmanager
def judged(folder: Path) -> Iterator[None]:
    """While something is read from the cache.

    Raises:
        Damaged: If its content is at fault.
        CannotRead: If the system is.
        Newer: If a newer fairviz has written it.
    """
    try:
        with speaking("en"):
            yield
    except _NewerRun as error:
        raise _NewerRun(*error.of) from None  # in the reader's language
    except Newer:
        raise
    except Exception as error:  # files that are not what was written fail in any way
        if (said := _passing(error)) is not None:
            why = said.strerror if isinstance(said, OSError) else type(said).__name__
            raise CannotRead(
                _("{path} cannot be read now ({why}); it stays as it is.", path=folder, why=why),
                fix=_("Close what is not needed, mend the folder's rights, and try again."),
            ) from error
        reason = str(error).splitlines()
        raise Damaged(f"{type(error).__name__}: {reason[0] if reason else ''}") from error


def intact(path: Path, read: Callable[[Path], T]) -> T | None:
    """What is read of a file whose content can be made anew; None, and logged, where it is damaged.

    Raises:
        CannotRead: If the system cannot read it now.
    """
    try:
        with judged(path):
            return read(path)
    except Damaged as error:
        _log.warning("%s is damaged and made anew: %s", path, error)
        return None


def loaded(folder: Path, read: Callable[[Path], T], *, aside: bool = False) -> T | None:
    """What lies in a folder of the cache; None if there is none, or it is damaged.

    Args:
        aside: Whether what is damaged is moved to `damaged/`; else it is only logged.

    Raises:
        CannotRead: If the system cannot read it now.
        Newer: If a newer fairviz has stored it.
    """
    while present(folder) and (before := _identity(folder)) is not None:
        try:
            with judged(folder):
                found = read(folder)
        except Damaged as error:
            if aside:
                _set_aside(folder, error, before)
            if _identity(folder) == before:
                if not aside:
                    _log.warning("%s cannot be read: %s", folder, error)
                return None
        else:
            if _identity(folder) == before:
                return found
        # Replaced while it was read: half of one run and half of another is neither.
    return None


def readable(
    folders: Iterable[Path], read: Callable[[Path], T], *, aside: bool = False
) -> Iterator[T]:
    """Of many folders those that can be read, for a list of them."""
    for folder in folders:
        with contextlib.suppress(CannotRead, Newer):
            found = loaded(folder, read, aside=aside)
            if found is not None:
                yield found


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document that `document` reads."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def document(path: Path, *known: int) -> dict[str, Any]:
    """The JSON document of a folder, of a schema that this fairviz reads.

    Raises:
        Newer: If its schema is a later one.
        ValueError, KeyError, TypeError: If it is none.
    """
    found = dict(json.loads(path.read_text(encoding="utf-8")))
    schema = found["schema"]
    if isinstance(schema, int) and schema > max(known):
        raise _NewerRun(path.parent.name, schema, max(known))
    if schema not in known:
        raise ValueError(f"schema {schema!r}")
    return found


def _set_aside(folder: Path, error: Damaged, before: tuple[int, int]) -> None:
    """Move what is damaged to `damaged/` beside it, after the reason; `reasons` lists them.

    What another has put in its place since it was read, `before`, stays.
    """
    place = folder.parent / "damaged" / f"{folder.name}-{secrets.token_hex(4)}"
    try:
        with locked(folder.parent):
            if _identity(folder) != before:
                return
            _log.warning("%s is damaged and set aside: %s", folder, error)
            place.mkdir(parents=True)
            (place / "reason.txt").write_text(str(error), encoding="utf-8")
            flush(place / "reason.txt")
            folder.rename(place / "run")
    except OSError as second:
        _log.warning("%s could not be set aside: %s", folder, second)
        shutil.rmtree(place, ignore_errors=True)


def reasons(store: Path) -> list[str]:
    """One line for everything of a store that was set aside: its name and what was wrong."""
    lines = []
    for reason in sorted((store / "damaged").glob("*/reason.txt")):
        with contextlib.suppress(OSError):
            if len(list(reason.parent.iterdir())) < 2:
                continue  # ended before the run was moved
            lines.append(f"{reason.parent.name}: {reason.read_text(encoding='utf-8')}")
    return lines


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells this folder from one that takes its name; None if there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns) if stat.S_ISDIR(status.st_mode) else None


def _passing(error: BaseException | None) -> BaseException | None:
    """What the system said, if this error is of the system or was made of one that is."""
    while error is not None:
        if isinstance(error, MemoryError | CannotRead) or (
            isinstance(error, OSError) and error.errno not in (None, *_OF_CONTENT)
        ):
            return error
        error = error.__cause__
    return None
