"""What is said when a checkpoint that looked whole does not load."""

from __future__ import annotations

import re
from pathlib import Path

from fairviz.errors import MissingPackage, ModelUnavailable
from fairviz.language import tr
from fairviz.models.checkpoint import config_of
from fairviz.specs import ModelSpec

# Packages that read checkpoints which are quantized already: form -> what to install.
# transformers names only the first of them that it misses.
_READERS = {
    "gptq": "gptqmodel optimum",
    "awq": "gptqmodel",
    "hqq": "hqq",
    "compressed-tensors": "compressed-tensors",
}


def unreadable(spec: ModelSpec, folder: Path, error: Exception) -> ModelUnavailable:
    """Advice for weights that cannot be read, or not without running foreign code."""
    if config_of(folder).get("auto_map") and "custom code" in str(error):
        return ModelUnavailable(
            tr(
                "{source} comes with program code of its own, which fairviz never runs.",
                source=spec.source,
            ),
            fix=tr(
                "Choose an architecture that transformers knows, such as BLOOM, OPT, Llama, "
                "Mistral or GPT-2."
            ),
        )
    reason = (str(error).splitlines() or [type(error).__name__])[0][:300]
    return ModelUnavailable(
        tr("{source} could not be read: {reason}", source=spec.source, reason=reason),
        fix=tr(
            "Check that the folder holds a whole checkpoint of an architecture that "
            "transformers knows, or download it again."
        ),
    )


def missing_package(spec: ModelSpec, folder: Path, error: ImportError) -> MissingPackage:
    """Advice with an install line for a checkpoint that needs an optional package."""
    stored = config_of(folder).get("quantization_config") or {}
    form = str(stored.get("quant_method", ""))
    advised = re.search(r"`?(pip install [^`\n]+)`?", str(error))
    fix = tr("Install it, or choose a checkpoint that is not quantized.")
    if form in _READERS:
        fix = tr("Run: {command}", command=f"pip install {_READERS[form]}")
    elif advised:
        fix = tr("Run: {command}", command=advised[1].strip())
    elif error.name:
        fix = tr("Run: {command}", command=f"pip install {error.name}")
    reason = (str(error).splitlines() or ["ImportError"])[0][:200]
    return MissingPackage(
        tr(
            "{source} needs a package that is not installed ({reason}).",
            source=spec.source,
            reason=reason,
        ),
        fix=fix,
    )
