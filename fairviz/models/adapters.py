"""LoRA adapters: weights that change a model only once they are merged into it."""

from __future__ import annotations

import json
from pathlib import Path

from fairviz.core.errors import ModelUnavailable
from fairviz.i18n import _, ngettext
from fairviz.models.headers import header

_CONFIG = "adapter_config.json"
# In one line for a shell; what is merged is a model like any other.
_MERGE = (
    'pip install peft; python -c "import peft, transformers; '
    "m = peft.AutoPeftModelForCausalLM.from_pretrained('{folder}').merge_and_unload(); "
    "m.save_pretrained('{folder}-merged'); "
    "transformers.AutoTokenizer.from_pretrained('{folder}').save_pretrained('{folder}-merged')\""
)


def refuse_adapter(folder: Path) -> None:
    """Refuse a folder with an adapter: the model would be read without it.

    Raises:
        ModelUnavailable: With the name of its base and how the two are merged.
    """
    if not (folder / _CONFIG).exists() and not any(folder.glob("adapter_model.*")):
        return
    said = {"folder": folder, "base": _base(folder)}
    names = _tensors(folder)
    raise ModelUnavailable(
        _("{folder} is a LoRA adapter of {base}, not a model.", **said)
        if not (folder / "config.json").exists()
        else ngettext(
            "{folder} holds a LoRA adapter of {base} beside a model, which would be read without "
            "its {n} tensor ({first}).",
            "{folder} holds a LoRA adapter of {base} beside a model, which would be read without "
            "its {n} tensors ({first} the first of them).",
            len(names),
            first=names[0],
            **said,
        )
        if names
        else _("{folder} holds a LoRA adapter of {base} beside a model.", **said),
        fix=_(
            "Merge it into its base and name the folder that this gives: {command}",
            command=_MERGE.format(folder=folder),
        ),
    )


def _tensors(folder: Path) -> list[str]:
    try:
        found = [header(path) for path in folder.glob("adapter_model*.safetensors")]
    except ValueError:
        return []
    return sorted(name for one in found for name in one if name != "__metadata__")


def _base(folder: Path) -> str:
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        return str(config["base_model_name_or_path"])[:200]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _("an unnamed model")
