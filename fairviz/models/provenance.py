"""What a reader needs to trust or refute a number: models, versions, machine, date."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fairviz import __version__
from fairviz.core.specs import batch

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

_PACKAGES = ("torch", "transformers", "tokenizers", "bitsandbytes", "accelerate", "numpy")


def provenance(pair: Pair) -> dict[str, Any]:
    """Both models as loaded, versions, device and date, as JSON values."""
    return {
        "baseline": pair.baseline.identity.document(),
        "compressed": pair.compressed.identity.document(),
        "device": pair.baseline.identity.device,
        "dtype": pair.baseline.identity.dtype,
        **batch(pair.baseline.batch_rows),
        **here_and_now(),
    }


def here_and_now() -> dict[str, Any]:
    """Versions, platform and date, as JSON values."""
    packages = {"python": platform.python_version(), "fairviz": __version__}
    for package in _PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            packages[package] = "not installed"
    return {
        "versions": packages,
        "platform": platform.platform(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
