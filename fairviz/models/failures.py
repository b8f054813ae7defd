"""What is said when a checkpoint that looked whole does not load."""

from __future__ import annotations

import re
from pathlib import Path

from fairviz.errors import MissingPackage, ModelUnavailable
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
            f"{spec.source} comes with program code of its own, which fairviz never runs.",
            fix="Choose an architecture that transformers knows, such as BLOOM, OPT, Llama, "
            "Mistral or GPT-2.",
        )
    reason = (str(error).splitlines() or [type(error).__name__])[0][:300]
    return ModelUnavailable(
        f"{spec.source} could not be read: {reason}",
        fix="Check that the folder holds a whole checkpoint of an architecture that "
        "transformers knows, or download it again.",
    )


def missing_package(spec: ModelSpec, folder: Path, error: ImportError) -> MissingPackage:
    """Advice with an install line for a checkpoint that needs an optional package."""
    stored = config_of(folder).get("quantization_config") or {}
    form = str(stored.get("quant_method", ""))
    advised = re.search(r"`?(pip install [^`\n]+)`?", str(error))
    fix = "Install it, or choose a checkpoint that is not quantized."
    if form in _READERS:
        fix = f"Run: pip install {_READERS[form]}"
    elif advised:
        fix = f"Run: {advised[1].strip()}"
    elif error.name:
        fix = f"Run: pip install {error.name}"
    reason = (str(error).splitlines() or ["ImportError"])[0][:200]
    return MissingPackage(
        f"{spec.source} needs a package that is not installed ({reason}).", fix=fix
    )
