"""Every run on disk, whatever its kind: asked once, computed once, readable after a crash.

A run is a folder `<folder of its kind>/<key>/`, written whole or not at all; what is in it, the
codec of its kind says. An audit's is filled batch by batch, and done when its last file is there.

Runs that come with the package lie in `examples/`, laid out as a cache. They are found under their
keys like any run, and listed nowhere.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from fairviz.analyses.base import Codec, Request, Stored
from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.core import stored
from fairviz.core.disk import cache_root, mend, replacing
from fairviz.core.specs import request_key
from fairviz.i18n import current

State = tuple[tuple[str, int, int], ...]
EXAMPLES = Path(__file__).with_name("examples")
# Bytes from which a run that was opened stays open, and the one that is: a page asks for it at each
# click, and what is made of its table is remembered with it.
_LARGE = 20_000_000
_OPEN: dict[Path, tuple[State, Any]] = {}
# The keys of a kind's examples: this one, or with a language behind it for readers of that.
_EXAMPLE = "example"


def example(kind: str) -> str:
    """The key of the stored example of a kind, for readers of the current language; empty where a
    kind has none."""
    folder = EXAMPLES / ANALYSES[kind].codec.folder
    keys = (f"{_EXAMPLE}{current()}", _EXAMPLE)
    return next((key for key in keys if (folder / key).is_dir()), "")


def is_example(key: str) -> bool:
    """Whether a run of this key comes with the package."""
    return key.startswith(_EXAMPLE)


def _state(folder: Path) -> State:
    """Name, bytes and time of each file of a run; nothing where there is none."""
    try:
        found = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
    except OSError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


class Store:
    """The runs under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or cache_root()

    def key(
        self,
        kind: str,
        request: Request,
        fingerprints: tuple[str, str],
        device: str,
        dtype: str,
    ) -> str:
        """Names the run of a request: other weights, device or number type, other key."""
        schema = ANALYSES[kind].codec.schema
        return request_key(schema, request.document(), fingerprints, device, dtype)

    def folder(self, kind: str, key: str = "") -> Path:
        """Where the runs of a kind lie, or one of them."""
        return self.root / ANALYSES[kind].codec.folder / key

    def place(self, kind: str, key: str) -> Path:
        """Where a run lies that is read: in the cache, else among the examples of the package."""
        own, shipped = self.folder(kind, key), EXAMPLES / ANALYSES[kind].codec.folder / key
        return shipped if is_example(key) and not own.exists() else own

    def has(self, kind: str, key: str) -> bool:
        """Whether a finished run of this key is there; it may be damaged."""
        codec = ANALYSES[kind].codec
        named = codec.run.fullmatch(key) is not None and key != "damaged"
        return named and (self.place(kind, key) / codec.needed).is_file()

    def load(self, kind: str, key: str) -> Any | None:
        """A stored result; None if there is none or it is damaged.

        Raises:
            CannotRead: If the system cannot read it now.
            Newer: If a newer fairviz has stored it.
        """
        codec = ANALYSES[kind].codec
        if not codec.run.fullmatch(key) or key == "damaged":
            return None  # a link may say anything
        if codec.begin is not None and not self.has(kind, key):
            return None  # begun, not finished
        folder = self.place(kind, key)
        aside = codec.aside and EXAMPLES not in folder.parents
        state = _state(folder)
        if sum(size for _name, size, _written in state) < _LARGE:
            return stored.loaded(folder, codec.read, aside=aside)
        there = _OPEN.get(folder)
        if there is None or there[0] != state:
            there = state, stored.loaded(folder, codec.read, aside=aside)
            _OPEN.clear()  # one is held at a time
            _OPEN[folder] = there
        return there[1]

    def save(self, kind: str, key: str, result: Any) -> Path:
        """Store a result; a run that is there already under this key is replaced.

        Raises:
            CannotKeep: If the folder cannot be written; nothing half-written is left.
        """
        folder = self.folder(kind, key)
        with stored.keeping(folder), replacing(folder) as writing:
            ANALYSES[kind].codec.write(writing, result)
        return folder

    def begin(self, kind: str, key: str, request: Request) -> Any:
        """The folder of a run that is kept batch by batch, with what of it is there.

        Raises:
            CannotKeep: If the folder cannot be written.
        """
        folder = self.folder(kind, key)
        mend(folder)
        codec = ANALYSES[kind].codec
        if codec.begin is None:
            raise TypeError(f"runs of {kind} are written whole")
        return codec.begin(folder, request)

    def recent(self, kind: str, limit: int = 8) -> list[Stored]:
        """The runs last stored, the newest first; what cannot be read is left out."""
        codec = ANALYSES[kind].codec
        found = stored.readable(self._runs(codec), codec.head, aside=codec.aside)
        return list(islice(found, limit))

    def kind_of(self, key: str) -> str:
        """The kind that has a run of this key; empty where none has."""
        return next((kind for kind in HASHED if self.load(kind, key) is not None), "")

    def damaged(self, kind: str) -> list[str]:
        """One line for each run that was set aside: its name and what was wrong."""
        return stored.reasons(self.folder(kind))

    def _runs(self, codec: Codec[Any]) -> list[Path]:
        """Folders of finished runs, the last written first."""
        dated = []
        for path in (self.root / codec.folder).glob(f"[!.]*/{codec.needed}"):
            if codec.run.fullmatch(path.parent.name) and path.parent.name != "damaged":
                try:
                    dated.append((path.stat().st_mtime_ns, path.parent))
                except OSError:  # it was removed or replaced just now
                    continue
        return [folder for _rest, folder in sorted(dated, reverse=True)]
