"""A folder with a model that can be read safely: found, fetched, and checked before loading."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

from fairviz.core.errors import BadSpec, ModelUnavailable
from fairviz.core.specs import ModelSpec, is_folder
from fairviz.i18n import _
from fairviz.models.catalog import BUNDLED, causal, folder_of
from fairviz.models.fit import foretold, refuse
from fairviz.models.gguf import file_of, folder_of_file
from fairviz.models.hub import PICKLED, fetch
from fairviz.models.metadata import (
    check_quantization,
    config_of,
    header,
    missing_parts,
    stored_quantization,
    tensor_sizes,
)
from fairviz.models.refusals import refusal
from fairviz.models.served_address import refuse_served

# Endings of what is read of a model's folder, by fairviz or by transformers.
_READ = {".json", ".safetensors", ".bin", ".model", ".txt", ".jinja"}
# Beginnings of what is read whole beside the weights; the largest published is of 35 MB.
_WHOLE = (
    *("config", "generation_config", "adapter_config", "made", "model.safetensors.index"),
    *("tokenizer", "vocab", "merges", "spiece", "sentencepiece", "added_", "special_", "chat_"),
)
_LARGEST = 2**28
_ADAPTER = "adapter_config.json"
# In one line for a shell; what is merged is a model like any other.
_MERGE = (
    'pip install peft; python -c "import peft, transformers; '
    "m = peft.AutoPeftModelForCausalLM.from_pretrained('{folder}').merge_and_unload(); "
    "m.save_pretrained('{folder}-merged'); "
    "transformers.AutoTokenizer.from_pretrained('{folder}').save_pretrained('{folder}-merged')\""
)


def refuse_absent(spec: ModelSpec) -> None:
    """Refuse a folder that is not there, or a revision of one; looks at nothing but its name.

    Raises:
        ModelUnavailable: If there is no such folder.
        BadSpec: If it is a folder and a revision is asked for, a file of log-probabilities, or a
            model behind a server.
    """
    if spec.logits:
        raise refusal("logits_no_model", BadSpec, source=spec.source)
    refuse_served(spec)
    folder = folder_of(spec)
    if folder is None or file_of(spec) is not None:
        return
    if not is_folder(str(folder)):
        which = "no_bundled" if spec.source in BUNDLED else "no_folder"
        raise refusal(which, folder=folder)
    if spec.revision:
        raise refusal("folder_revision", BadSpec, source=spec.source, revision=spec.revision)


def locate(
    spec: ModelSpec,
    *,
    unsafe_pickle: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """The folder with the checkpoint: downloaded if it is not on this machine, converted from GGUF.

    Raises:
        ModelUnavailable: If it is not here and cannot be had, is not a causal language model,
            holds only weights that are not safe to read, or its weights are not those of the
            model that its config describes.
        BadSpec: If it is already quantized and a method is asked for on top, or as `refuse_absent`.
    """
    refuse_absent(spec)
    if (file := file_of(spec)) is not None:
        folder = folder_of_file(spec, file, progress)
    else:
        folder = folder_of(spec) or fetch(spec, unsafe_pickle=unsafe_pickle)
    _check(spec, folder, unsafe_pickle)
    refuse(spec, foretold(spec, folder))
    return folder


def refuse_no_files(folder: Path) -> None:
    """Refuse what has the name of a model's file and is none: a reader of a pipe waits for ever.

    Raises:
        ModelUnavailable: With the first such name.
    """
    path = folder
    try:
        for path in sorted([*folder.iterdir(), *folder.glob("*/*.jinja")]):
            known = path.suffix in _READ
            if not known and (path.is_dir() or not path.exists()):
                continue
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                raise refusal("no_file", path=path)
            if known and path.name.startswith(_WHOLE) and found.st_size > _LARGEST:
                raise refusal("too_large", path=path, size=found.st_size / 1e9)
            if known and not os.access(path, os.R_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise refusal("unreadable_file", path=path, error=error.strerror) from error


def _check(spec: ModelSpec, folder: Path, unsafe_pickle: bool) -> None:
    refuse_no_files(folder)
    refuse_adapter(folder)
    config = config_of(folder)
    if stored_quantization(config) and spec.compression.method != "none":
        raise refusal("quantized_twice", BadSpec, source=spec.source, compression=spec.compression)
    check_quantization(spec, config)
    if not causal(config):
        named = config.get("architectures") or [_("none named")]
        names = ", ".join(map(str, named)) if isinstance(named, list) else str(named)
        raise refusal("not_causal", source=spec.source, names=names)
    if any(folder.glob("*.safetensors")):
        whole(folder)
        return
    if not unsafe_pickle and folder_of(spec) is None:
        # Pickled files were not even downloaded, so nothing here shows whether there are any.
        raise refusal("hub_without_safetensors", source=spec.source)
    if not any(folder.glob(PICKLED)):
        raise refusal("no_weights", folder=folder)
    if not unsafe_pickle:
        raise refusal("only_pickled", source=spec.source)


def whole(folder: Path) -> None:
    """Refuse a folder that lacks a part of its safetensors, or holds one cut short.

    Raises:
        ModelUnavailable: With the first such file.
    """
    if missing := missing_parts(folder):
        raise refusal("lacks_files", n=len(missing), folder=folder, file=missing[0])
    try:
        tensor_sizes(folder)
    except ValueError as error:
        raise ModelUnavailable(str(error), fix=_("Copy or download the model again.")) from error


def refuse_adapter(folder: Path) -> None:
    """Refuse a folder with a LoRA adapter, whose weights change a model only once they are merged.

    Raises:
        ModelUnavailable: With the name of its base and how the two are merged.
    """
    if not (folder / _ADAPTER).exists() and not any(folder.glob("adapter_model.*")):
        return
    names = _tensors(folder)
    which = "adapter_beside" if names else "empty_adapter_beside"
    raise refusal(
        which if (folder / "config.json").exists() else "adapter",
        folder=folder,
        base=_base(folder),
        n=len(names),
        first=next(iter(names), ""),
        command=_MERGE.format(folder=folder),
    )


def _tensors(folder: Path) -> list[str]:
    try:
        found = [header(path) for path in folder.glob("adapter_model*.safetensors")]
    except ValueError:
        return []
    return sorted(name for one in found for name in one if name != "__metadata__")


def _base(folder: Path) -> str:
    try:
        config = json.loads((folder / _ADAPTER).read_text(encoding="utf-8"))
        return str(config["base_model_name_or_path"])[:200]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _("an unnamed model")
