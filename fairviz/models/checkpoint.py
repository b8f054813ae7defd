"""A folder with a model that can be read safely: found, fetched, and checked before loading."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from fairviz.errors import BadSpec, FairvizError, ModelUnavailable
from fairviz.models.catalog import BUNDLED, causal, folder_of
from fairviz.models.headers import tensor_sizes
from fairviz.specs import ModelSpec

_PATTERNS = ["*.json", "*.safetensors", "*.model", "*.txt"]
_PICKLED = "*.bin"
# Duplicates of the weights in other forms that some repositories hold.
_IGNORED = ["consolidated*", "original/*", "onnx/*"]
# Failures of this machine's disk, as opposed to the network.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


def locate(spec: ModelSpec, *, unsafe_pickle: bool = False) -> Path:
    """The folder with the checkpoint, downloaded if it is not on this machine.

    Raises:
        ModelUnavailable: If it is not here and cannot be had, is not a causal language
            model, or holds only weights that are not safe to read.
        BadSpec: If it is already quantized and a method is asked for on top.
    """
    folder = folder_of(spec)
    if folder is None:
        folder = _from_hub(spec, unsafe_pickle)
    elif not folder.is_dir():
        raise ModelUnavailable(
            f"There is no folder {folder}.",
            fix="Fetch the bundled models with the repository, or make them: "
            "python -m fairviz.demo.train."
            if spec.source in BUNDLED
            else "Check the path, or name a Hugging Face id such as bigscience/bloom-560m.",
        )
    elif spec.revision:
        raise BadSpec(
            f"{spec.source} is a folder and has no revision '{spec.revision}'.",
            fix="Leave out the @ and what follows it.",
        )
    _check(spec, folder, unsafe_pickle)
    return folder


def config_of(folder: Path) -> dict[str, Any]:
    """The folder's config.json.

    Raises:
        ModelUnavailable: If there is none or it cannot be read.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelUnavailable(
            f"{folder} holds no model: it has no config.json.",
            fix="Name the folder that save_pretrained wrote.",
        )
    try:
        config = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read: {error}.", fix="Copy or download the model again."
        ) from error
    if not isinstance(config, dict):
        raise ModelUnavailable(f"{path} is not a model's config.", fix="Download it again.")
    return config


def _check(spec: ModelSpec, folder: Path, unsafe_pickle: bool) -> None:
    config = config_of(folder)
    if config.get("quantization_config") and spec.compression.method != "none":
        raise BadSpec(
            f"{spec.source} is already quantized, and {spec.compression} would quantize it again.",
            fix="Leave out the + and what follows it.",
        )
    if not causal(config):
        names = ", ".join(map(str, config.get("architectures") or ["none named"]))
        raise ModelUnavailable(
            f"{spec.source} is not a causal language model (architecture: {names}).",
            fix="Choose a model that continues text, such as BLOOM, OPT, Llama, Mistral or GPT-2.",
        )
    if any(folder.glob("*.safetensors")):
        _whole(folder)
        return
    if not unsafe_pickle and folder_of(spec) is None:
        # Pickled files were not even downloaded, so nothing here shows whether there are any.
        raise ModelUnavailable(
            f"{spec.source} has no safetensors weights on Hugging Face.",
            fix="Choose a model that has them; or, if you trust its author, allow pickled "
            "weights, which can run code when read (--unsafe-pickle, or the setting on the page).",
        )
    if not any(folder.glob(_PICKLED)):
        raise ModelUnavailable(
            f"{folder} has a config.json but no weights.",
            fix="Download the model again, or name another folder.",
        )
    if not unsafe_pickle:
        raise ModelUnavailable(
            f"{spec.source} has only pickled weights (*.bin), which can run code when read.",
            fix="Choose a model with safetensors; or, if you trust its author, allow pickled "
            "weights (--unsafe-pickle, or the setting on the page).",
        )


def _missing_parts(folder: Path) -> list[str]:
    """Names of the weight files that a folder's index lists and the folder lacks."""
    index = folder / "model.safetensors.index.json"
    try:
        listed = json.loads(index.read_text())["weight_map"].values() if index.is_file() else ()
        return sorted({str(name) for name in listed if not (folder / str(name)).is_file()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return [index.name]


def _whole(folder: Path) -> None:
    if missing := _missing_parts(folder):
        raise ModelUnavailable(
            f"{folder} lacks {len(missing)} file(s) of its weights, such as {missing[0]}.",
            fix="Copy or download the model again.",
        )
    try:
        tensor_sizes(folder)
    except ValueError as error:
        raise ModelUnavailable(str(error), fix="Copy or download the model again.") from error


def _from_hub(spec: ModelSpec, unsafe_pickle: bool) -> Path:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    wanted: dict[str, Any] = {
        "repo_id": spec.source,
        "revision": spec.revision or None,
        "allow_patterns": [*_PATTERNS, *([_PICKLED] if unsafe_pickle else [])],
        "ignore_patterns": _IGNORED,
    }
    try:
        folder = Path(snapshot_download(**wanted, local_files_only=True))
        # A cache that holds only the tokenizer, say, is not the model yet.
        weights = [*folder.glob("*.safetensors"), *folder.glob(_PICKLED)]
        if (folder / "config.json").is_file() and weights and not _missing_parts(folder):
            return folder
    except LocalEntryNotFoundError:
        pass
    except (HFValidationError, ValueError) as error:
        raise ModelUnavailable(
            f"'{spec.source}' is neither a folder here nor a Hugging Face id.",
            fix="Write demo, an id such as bigscience/bloom-560m, or the path of a folder.",
        ) from error
    try:
        folder = Path(snapshot_download(**wanted))
    except Exception as error:
        raise _unavailable(spec, error) from error
    if not (folder / "config.json").is_file():
        # Without a network the hub's client gives what little of the model is cached.
        raise _unavailable(spec, LocalEntryNotFoundError(str(folder)))
    return folder


def _unavailable(spec: ModelSpec, error: Exception) -> FairvizError:
    """The advice for a download that failed; an error that is not the hub's as it is."""
    import httpx
    from huggingface_hub import errors

    name = f"'{spec.source}'"
    if isinstance(error, errors.GatedRepoError):
        return ModelUnavailable(
            f"{name} is gated: its authors ask you to accept their terms.",
            fix=f"Accept them at https://huggingface.co/{spec.source} and log in with "
            "`hf auth login`.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelUnavailable(
            f"{name} has no revision '{spec.revision}'.", fix="Check the branch, tag or commit."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return ModelUnavailable(
            f"There is no model {name} on Hugging Face, or it is private.",
            fix="Check the spelling; for a private model log in with `hf auth login`.",
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        return ModelUnavailable(
            f"{name} could not be written to the local cache ({error}).",
            fix="Make room or name another folder in HF_HOME.",
        )
    if isinstance(
        error,
        (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, httpx.HTTPError, OSError),
    ):
        return ModelUnavailable(
            f"{name} is not in the local cache, and Hugging Face cannot be reached.",
            fix="Download it where there is a network, or name a folder.",
        )
    return ModelUnavailable(
        f"{name} could not be fetched ({type(error).__name__}: {error}).",
        fix="Check the name and the network, or name a folder.",
    )
