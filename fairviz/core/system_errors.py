"""What the system refuses: a full or read-only disk, a file for a folder, one more open file."""

from __future__ import annotations

import errno
import os

from fairviz.core.disk import cache_root
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _

_FULL = N_("Free some space, or name another cache folder in FAIRVIZ_CACHE.")
_LOCKED = N_("Make it writable, or name another cache folder in FAIRVIZ_CACHE.")
_FOLDER = N_("Name a folder in FAIRVIZ_CACHE.")
_MANY = N_("Close tabs and other programs, or allow more open files (ulimit -n).")
_FIXES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _LOCKED),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), _FOLDER),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _MANY),
}


class Refused(FairvizError):
    """The system did not do what was asked of it."""


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
    return Refused(message, fix=_(_FIXES[error.errno or 0]))


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
