"""What is said when a checkpoint that looked whole does not load."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairviz.core.errors import FairvizError, MissingPackage
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.models.metadata import config_of, stored_quantization
from fairviz.models.refusals import refusal

_log = logging.getLogger(__name__)

# What is at work when a library fails decides the advice: a file is read before the weights are,
# the weights are read, the model computes, or it is compressed.
CONFIG, GENERATION = "config.json", "generation_config.json"
WEIGHTS, USE, WORK = "weights", "use", "work"

# Packages that read checkpoints which are quantized already: form -> what to install.
# transformers names only the first of them that it misses.
_READERS = {
    "gptq": "gptqmodel optimum",
    "awq": "gptqmodel",
    "hqq": "hqq",
    "compressed-tensors": "compressed-tensors",
}


@contextmanager
def library_errors_as_advice(spec: ModelSpec, folder: Path, step: str = WEIGHTS) -> Iterator[None]:
    """Turn whatever transformers, its quantizers, torch and Rust raise over a model into advice.

    Which errors those are no documentation says: a count of 0 is a ZeroDivisionError, a missing
    group an AttributeError, a foreign pickle an UnpicklingError.

    Args:
        spec: What the user called the model.
        folder: Of its checkpoint.
        step: One of those above.

    Raises:
        FairvizError: For any exception; those that end a program pass.
    """
    try:
        with out_of_memory_as_advice():
            yield
    except FairvizError:
        raise
    except ImportError as error:
        raise missing_package(spec, folder, error) from error
    except BaseException as error:
        if not (isinstance(error, Exception) or panicked(error)):
            raise
        raise _unreadable(spec, folder, error, step) from error


def panicked(error: BaseException) -> bool:
    """Whether a library in Rust failed: its exception is none of Python's `Exception`s."""
    return type(error).__name__ == "PanicException"


def reason(error: BaseException) -> str:
    """The first line of what a library says to its users; of what it says to itself, the kind."""
    first = next(filter(None, map(str.strip, str(error).splitlines())), "")[:300]
    told = isinstance(error, OSError | ValueError | RuntimeError)
    if told and first and not isinstance(error, RecursionError):
        return first.rstrip(".")
    _log.info("a library failed over a model", exc_info=error)
    return _("a library failed over it, {kind}", kind=type(error).__name__)


def _unreadable(spec: ModelSpec, folder: Path, error: BaseException, step: str) -> FairvizError:
    config = config_of(folder)
    said = {"source": spec.source, "reason": reason(error)}
    if config.get("auto_map") and "custom code" in str(error):
        return refusal("own_code", source=spec.source)
    if step in (CONFIG, GENERATION):
        return refusal("unusable_file", file=step, **said)
    if step == USE:
        return refusal("does_not_compute", **said)
    if step == WORK:
        return refusal("not_made", spec=spec, reason=said["reason"])
    if (stored := stored_quantization(config)) is not None:
        return refusal(
            "unreadable_quantized", form=stored.get("quant_method", _("unnamed")), **said
        )
    return refusal("unreadable", **said)


def missing_package(spec: ModelSpec, folder: Path, error: ImportError) -> MissingPackage:
    """Advice with an install line for a checkpoint that needs an optional package."""
    stored = stored_quantization(config_of(folder)) or {}
    form = str(stored.get("quant_method", ""))
    advised = re.search(r"`?(pip install [^`\n]+)`?", str(error))
    fix = _("Install it, or choose a checkpoint that is not quantized.")
    if form in _READERS:
        fix = _("Run: {command}", command=f"pip install {_READERS[form]}")
    elif advised:
        fix = _("Run: {command}", command=advised[1].strip())
    elif error.name:
        fix = _("Run: {command}", command=f"pip install {error.name}")
    reason = (str(error).splitlines() or ["ImportError"])[0][:200]
    return MissingPackage(
        _(
            "{source} needs a package that is not installed ({reason}).",
            source=spec.source,
            reason=reason,
        ),
        fix=fix,
    )
