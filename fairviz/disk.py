"""The cache folder, and how a folder in it is written: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[1] / "cache"


def cache_root() -> Path:
    """`FAIRVIZ_CACHE`, else `cache/` of the project."""
    return Path(os.path.expanduser(os.environ.get("FAIRVIZ_CACHE") or SHIPPED))


def is_key(text: str) -> bool:
    """Whether a run can be named so: a link may say anything, and no folder is called anything."""
    return text.isalnum() and text.isascii() and len(text) <= 128


@contextlib.contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to write into; afterwards it is `folder`, in one step.

    It is flushed to the disk before it gets its name, so that a reader sees the old folder
    or the new one, whole. If the block fails, what was there stays and nothing is left over.

    Raises:
        OSError: If the folder cannot be written.
    """
    shelf = folder.parent
    shelf.mkdir(parents=True, exist_ok=True)
    sweep(shelf)
    writing = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=shelf))
    try:
        yield writing
        for path in [*writing.iterdir(), writing]:
            flush(path)
        _put(writing, folder)
        flush(shelf)
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def sweep(shelf: Path) -> None:
    """Remove what writers that are no longer alive have left."""
    for path in shelf.glob(".*.*.*"):
        owner = path.name.split(".")[2]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(writing: Path, folder: Path) -> None:
    """Give a written folder its name; whoever has the name makes room, of many writers too."""
    room = writing.with_name(f"{writing.name}.old")
    while True:
        try:
            writing.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
        # A folder that holds something cannot be renamed over. Another writer may be here first.
        with contextlib.suppress(FileNotFoundError):
            folder.rename(room)
        shutil.rmtree(room, ignore_errors=True)
