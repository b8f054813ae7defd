"""A folder with a model that can be read safely: found, fetched, and checked before loading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairviz.errors import BadSpec, ModelUnavailable
from fairviz.language import tr, trn
from fairviz.models.catalog import BUNDLED, causal, folder_of
from fairviz.models.headers import missing_parts, tensor_sizes
from fairviz.models.hub import PICKLED, fetch
from fairviz.specs import ModelSpec


def locate(spec: ModelSpec, *, unsafe_pickle: bool = False) -> Path:
    """The folder with the checkpoint, downloaded if it is not on this machine.

    Raises:
        ModelUnavailable: If it is not here and cannot be had, is not a causal language
            model, or holds only weights that are not safe to read.
        BadSpec: If it is already quantized and a method is asked for on top.
    """
    folder = folder_of(spec)
    if folder is None:
        folder = fetch(spec, unsafe_pickle=unsafe_pickle)
    elif not folder.is_dir():
        raise ModelUnavailable(
            tr("There is no folder {folder}.", folder=folder),
            fix=tr(
                "Fetch the bundled models with the repository, or make them: "
                "python -m fairviz.demo.train."
            )
            if spec.source in BUNDLED
            else tr("Check the path, or name a Hugging Face id such as bigscience/bloom-560m."),
        )
    elif spec.revision:
        raise BadSpec(
            tr(
                "{source} is a folder and has no revision '{revision}'.",
                source=spec.source,
                revision=spec.revision,
            ),
            fix=tr("Leave out the @ and what follows it."),
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
            tr("{folder} holds no model: it has no config.json.", folder=folder),
            fix=tr("Name the folder that save_pretrained wrote."),
        )
    try:
        config = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            tr("{path} cannot be read: {error}.", path=path, error=error),
            fix=tr("Copy or download the model again."),
        ) from error
    if not isinstance(config, dict):
        raise ModelUnavailable(
            tr("{path} is not a model's config.", path=path), fix=tr("Download it again.")
        )
    return config


def _check(spec: ModelSpec, folder: Path, unsafe_pickle: bool) -> None:
    config = config_of(folder)
    if config.get("quantization_config") and spec.compression.method != "none":
        raise BadSpec(
            tr(
                "{source} is already quantized, and {compression} would quantize it again.",
                source=spec.source,
                compression=spec.compression,
            ),
            fix=tr("Leave out the + and what follows it."),
        )
    if not causal(config):
        names = ", ".join(map(str, config.get("architectures") or [tr("none named")]))
        raise ModelUnavailable(
            tr(
                "{source} is not a causal language model (architecture: {names}).",
                source=spec.source,
                names=names,
            ),
            fix=tr(
                "Choose a model that continues text, such as BLOOM, OPT, Llama, Mistral or GPT-2."
            ),
        )
    if any(folder.glob("*.safetensors")):
        _whole(folder)
        return
    if not unsafe_pickle and folder_of(spec) is None:
        # Pickled files were not even downloaded, so nothing here shows whether there are any.
        raise ModelUnavailable(
            tr("{source} has no safetensors weights on Hugging Face.", source=spec.source),
            fix=tr(
                "Choose a model that has them; or, if you trust its author, allow pickled weights, "
                "which can run code when read (--unsafe-pickle, or the setting on the page)."
            ),
        )
    if not any(folder.glob(PICKLED)):
        raise ModelUnavailable(
            tr("{folder} has a config.json but no weights.", folder=folder),
            fix=tr("Download the model again, or name another folder."),
        )
    if not unsafe_pickle:
        raise ModelUnavailable(
            tr(
                "{source} has only pickled weights (*.bin), which can run code when read.",
                source=spec.source,
            ),
            fix=tr(
                "Choose a model with safetensors; or, if you trust its author, allow pickled "
                "weights (--unsafe-pickle, or the setting on the page)."
            ),
        )


def _whole(folder: Path) -> None:
    if missing := missing_parts(folder):
        raise ModelUnavailable(
            trn(
                "{folder} lacks {n} file of its weights: {file}.",
                "{folder} lacks {n} files of its weights, such as {file}.",
                len(missing),
                folder=folder,
                file=missing[0],
            ),
            fix=tr("Copy or download the model again."),
        )
    try:
        tensor_sizes(folder)
    except ValueError as error:
        raise ModelUnavailable(str(error), fix=tr("Copy or download the model again.")) from error
