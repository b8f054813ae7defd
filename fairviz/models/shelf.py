"""The compressed models that were made here: what each is, and where it lies."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fairviz.compression.calibration import bundled
from fairviz.core import disk
from fairviz.core.disk import cache_root
from fairviz.core.specs import ModelSpec
from fairviz.models.refusals import refusal

_RECORD = "made.json"
_VERSION = 1


@dataclass(frozen=True)
class Made:
    """A model that was compressed here."""

    key: str  # names its folder
    folder: Path  # where its checkpoint is
    spec: ModelSpec  # as it is named: the baseline with the method
    revision: str  # of the baseline's weights
    # Name, hash, samples and length of the text that was read; None for none.
    calibration: Mapping[str, Any] | None
    seconds: float  # that making it took
    created: str  # date and time, UTC
    bytes_on_disk: int  # its weights' files
    # Its weights and buffers when loaded; more than on disk where they are unpacked.
    bytes_in_memory: int
    parameters: int  # of the whole network
    zero_share: float  # share of the compressed layers' weights that are 0
    bits_per_weight: float  # of the compressed layers, as stored, scales included
    layers: int  # decoder layers
    device: str  # where it was made
    versions: Mapping[str, str]  # of the packages that made it
    # Names of the baseline's generation settings that contradict each other and cannot be saved.
    left_out: tuple[str, ...] = ()

    @property
    def model(self) -> ModelSpec:
        """What names it: its spec, or its folder where another text than the bundled was read."""
        read = self.calibration
        if read is None or read == bundled().with_pairs("pairs" in read).document():
            return self.spec
        return ModelSpec(str(self.folder))

    def document(self) -> dict[str, Any]:
        """Plain JSON values, without the folder."""
        document = asdict(replace(self, spec=self.spec, folder=Path()))
        del document["folder"]
        return {"version": _VERSION, **document, "spec": str(self.spec)}


def root() -> Path:
    """Where they lie."""
    return cache_root() / "compressed"


def write(made: Made, folder: Path) -> None:
    """Put the record beside the weights."""
    text = json.dumps(made.document(), ensure_ascii=False, indent=1)
    (folder / _RECORD).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Made | None:
    """What lies in a folder; None where no compressed model of ours does, whole."""
    try:
        document = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        if document.pop("version") != _VERSION or not (folder / "config.json").is_file():
            return None
        document["parameters"] = operator.index(document["parameters"])
        document["left_out"] = tuple(document.get("left_out", ()))
        document["spec"] = ModelSpec.parse(document["spec"])
        return Made(folder=folder, **document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def shelf() -> list[Made]:
    """All of them, by name."""
    try:
        folders = sorted(path for path in root().iterdir() if not path.name.startswith("."))
    except OSError:
        return []
    found = [made for folder in folders if (made := read(folder)) is not None]
    return sorted(found, key=lambda made: (str(made.spec), made.created))


def remove(key: str) -> None:
    """Delete one.

    Raises:
        ModelUnavailable: If there is none of that name, or it cannot be deleted.
    """
    folder = root() / key
    if "/" in key or key.startswith(".") or read(folder) is None:
        raise refusal("no_such_made", key=key)
    try:
        disk.remove(folder)
    except OSError as error:
        raise refusal("not_deleted", folder=folder, reason=error.strerror) from error
