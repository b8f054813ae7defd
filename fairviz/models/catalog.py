"""Which models there are without a network, and when their weights have changed. No torch."""

from __future__ import annotations

import json
import os
from pathlib import Path

from fairviz.core.home import SHIPPED
from fairviz.core.specs import ModelSpec, digest, is_folder, is_gguf

BUNDLED: dict[str, Path] = {
    "demo": SHIPPED / "models" / "demo",
    "demo-student": SHIPPED / "models" / "demo-student",
}
_CAUSAL = ("ForCausalLM", "LMHeadModel")


def folder_of(spec: ModelSpec) -> Path | None:
    """The folder or GGUF file that a source names; None for what lies on Hugging Face.

    What starts with a dot, a slash or a tilde, or is a folder that exists, is a folder.
    """
    if spec.source in BUNDLED:
        return BUNDLED[spec.source]
    here = is_folder(spec.source) or (is_gguf(spec.source) and ":" not in spec.source)
    if here or spec.source.startswith((".", "/", "~")):
        return Path(os.path.expanduser(spec.source))
    return None


def causal(config: dict[str, object]) -> bool:
    """Whether a config.json names an architecture that predicts the next token."""
    names = config.get("architectures") or []
    return isinstance(names, list) and any(str(name).endswith(_CAUSAL) for name in names)


def hub_cache() -> Path:
    """Where Hugging Face keeps downloads on this machine."""
    # Read once, when huggingface_hub is first imported.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _snapshot(spec: ModelSpec) -> Path | None:
    """The cached snapshot of a Hugging Face id; None if there is none."""
    name = spec.source.partition(":")[0]  # what follows is a file of it
    repository = hub_cache() / f"models--{name.replace('/', '--')}"
    reference = repository / "refs" / (spec.revision or "main")
    try:
        commit = reference.read_text().strip() if reference.is_file() else spec.revision
        snapshot = repository / "snapshots" / commit
        return snapshot if commit and snapshot.is_dir() else None
    except OSError:
        return None


def here(spec: ModelSpec) -> Path | None:
    """A model's folder or GGUF file on this machine; None for what is not downloaded."""
    folder = folder_of(spec)
    if folder is None and (folder := _snapshot(spec)) is not None:
        _repository, _colon, name = spec.source.partition(":")
        folder /= name
    return folder


def fingerprint(spec: ModelSpec) -> str:
    """Changes when the weights on this machine change; empty when they are not here.

    A commit hash for a Hugging Face id, otherwise a hash of the names, sizes and times
    of a folder's files, or of a file of log-probabilities. Nobody knows those of a model behind a
    server.
    """
    if spec.served:
        return ""
    if spec.logits:
        try:
            found = Path(spec.logits).expanduser().stat()
        except OSError:
            return ""
        return digest([found.st_size, found.st_mtime_ns])
    folder = folder_of(spec)
    if folder is None:
        snapshot = _snapshot(spec)
        return snapshot.name if snapshot else ""
    try:
        files = [folder] if is_gguf(folder.name) and folder.is_file() else sorted(folder.iterdir())
        stats = [
            (path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for path in files
            if path.suffix in {".safetensors", ".json", ".bin"} or is_gguf(path.name)
        ]
    except OSError:
        return ""
    return digest(stats) if stats else ""


def suggestions() -> tuple[str, ...]:
    """Sources that load here without a network: bundled, then the local Hugging Face cache."""
    found = [name for name, folder in BUNDLED.items() if (folder / "config.json").is_file()]
    try:
        repositories = sorted(hub_cache().glob("models--*"))
    except OSError:
        repositories = []
    for repository in repositories:
        source = repository.name.removeprefix("models--").replace("--", "/")
        snapshot = _snapshot(ModelSpec(source))
        if snapshot is None:
            continue
        try:
            config = json.loads((snapshot / "config.json").read_text())
        except (OSError, ValueError):
            continue
        weights = next(snapshot.glob("*.safetensors"), None)
        if weights and isinstance(config, dict) and causal(config):
            found.append(source)
    return tuple(found)
