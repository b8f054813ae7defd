"""The cache folder, and how a folder in it is written: whole or not at all, whatever ends it.

A folder `<name>` is written as `.<name>.+<random>.part`, which its writer holds a lock on, is
renamed to `….new` when all of it is on the disk, and then changes places with the one that is
there, in one step where the system can exchange two names. Where it cannot, the old one steps
aside as `….old` first. Whatever was ended in between, `mend` finishes it: of an old and a new one
that are whole, one always stands under the name, and nothing that could be the only copy is
deleted.

Locks are those of the file system (`filelock`), never process ids: a cache may be shared by
containers, whose processes have numbers of their own, and by hosts where the file system locks
between them (NFS 4 does; without locks, one process at a time may write).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from fairviz.core.home import own_cache

# As long as a change of one name may take on the slowest disk; the work itself is not locked.
_PATIENCE = 30.0
# What a writer leaves that is ended; the second as earlier releases called an old one.
_LEFT = re.compile(
    r"\.(?P<name>.+)\.\+[0-9a-f]+\.(?P<state>part|new|old|lock)|\.(?P<was>[^.]+)\.\d+\.\w{8}\.old"
)
_AT_FDCWD, _EXCHANGE = -100, 2


def cache_root() -> Path:
    """`FAIRVIZ_CACHE`, else `home.own_cache`."""
    return Path(os.path.expanduser(os.environ.get("FAIRVIZ_CACHE") or own_cache()))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone among all threads and processes that change what lies in a folder; may be nested.

    Raises:
        OSError: If the folder cannot be written, or another holds it for half a minute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=_PATIENCE, is_singleton=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise OSError(errno.EBUSY, "another process is writing there", str(folder)) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to write into; afterwards it is `folder`, in one step.

    A reader sees the old folder or the new one, whole. If the block fails, what was there stays
    and nothing is left over; if the process is ended, the next writer or reader mends it.

    Raises:
        OSError: If the folder cannot be written.
    """
    with writing_beside(folder) as part:
        yield part
        for path in [*part.rglob("*"), part]:
            flush(path)
        whole = part.with_suffix(".new")
        part.rename(whole)
        flush(folder.parent)
        try:
            with locked(folder.parent):
                # Another may have been ended since this one began; what it left is older.
                mend(folder.parent)
                _put(whole, folder)
        finally:
            shutil.rmtree(whole, ignore_errors=True)


@contextlib.contextmanager
def writing_beside(folder: Path) -> Iterator[Path]:
    """An empty folder beside one, held by this process while the block lasts, and then removed."""
    shelf = folder.parent
    shelf.mkdir(parents=True, exist_ok=True)
    mend(shelf)
    part = _part(folder)
    with _held(part):
        part.mkdir()
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)


def present(folder: Path) -> bool:
    """Whether a folder is there; one whose writer was ended while it changed places is put back."""
    if not folder.is_dir() and any(folder.parent.glob(f".{folder.name}.*.old")):
        mend(folder.parent)
    return folder.is_dir()


def mend(shelf: Path) -> None:
    """Finish what writers that are no more have begun; what cannot be mended now is left.

    A whole new folder gets its name, an old one that stepped aside for none comes back, and what
    was never whole goes. Of a writer that still holds its folder nothing is touched.
    """
    left = [(path, found) for path in shelf.glob(".*") if (found := _LEFT.fullmatch(path.name))]
    if not left:
        return
    with contextlib.suppress(OSError), locked(shelf):
        # New ones before old ones: an old one is not needed where a new one stands.
        for path, found in sorted(left, key=lambda one: one[1]["state"] or "old"):
            folder = shelf / (found["name"] or found["was"])
            lock = FileLock(path.with_suffix(".lock"), timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            try:
                if path.is_file():
                    path.unlink()  # a part of a file, or a lock that nobody holds
                elif not path.is_dir():
                    continue
                elif found["state"] == "new":
                    _put(path, folder)
                elif found["state"] != "part" and not folder.exists():
                    path.rename(folder)
                    flush(shelf)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                lock.release()
                Path(lock.lock_file).unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Take a folder or file away in one step; a process that is ended leaves nothing half.

    Raises:
        OSError: If it cannot be removed.
    """
    shelf = folder.parent
    if not shelf.is_dir():
        return
    part = _part(folder)
    with locked(shelf), _held(part):
        mend(shelf)  # alone: what another left meanwhile would come back in its place
        with contextlib.suppress(FileNotFoundError):
            folder.rename(part)
            flush(shelf)
            if part.is_file():
                part.unlink()
        shutil.rmtree(part, ignore_errors=True)


def whole_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name, and give it its own when it is on the disk.

    What an ended writer left is for its caller to `mend`, once for many files.

    Raises:
        OSError: If it cannot be written; what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    with _held(part):
        try:
            write(part)
            flush(part)
            part.replace(path)
            flush(path.parent)
        finally:
            part.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _held(part: Path) -> Iterator[None]:
    """Hold the lock that says that a folder's writer is alive."""
    lock = FileLock(part.with_suffix(".lock"))
    with locked(part.parent):  # so that nobody sees it between its making and its locking
        lock.acquire()
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _part(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.+{secrets.token_hex(4)}.part")


def _put(whole: Path, folder: Path) -> None:
    """Give a whole folder its name; its caller is alone in the shelf, and removes what is left."""
    if not folder.exists():
        whole.rename(folder)
    else:
        left = whole
        if not _exchange(whole, folder):
            left = whole.with_suffix(".old")
            folder.rename(left)
            flush(folder.parent)
            whole.rename(folder)
        flush(folder.parent)
        # Half deleted under its name, it would be taken for a whole one and put back.
        part = whole.with_suffix(".part")
        left.rename(part)
        shutil.rmtree(part, ignore_errors=True)
    flush(folder.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    names = os.fsencode(one), os.fsencode(other)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0:
        return True
    failed = ctypes.get_errno()
    if failed in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(failed, os.strerror(failed), str(one), None, str(other))
