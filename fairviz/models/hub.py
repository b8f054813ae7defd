"""Checkpoints of Hugging Face: from the local cache, else from the network, else advice."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.models.catalog import hub_cache
from fairviz.models.metadata import missing_parts
from fairviz.models.refusals import refusal

_PATTERNS = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
PICKLED = "*.bin"
# Duplicates of the weights in other forms that some repositories hold.
_IGNORED = ["consolidated*", "original/*", "onnx/*"]
# Failures of this machine's disk, as opposed to the network.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


def fetch(spec: ModelSpec, *, unsafe_pickle: bool) -> Path:
    """The folder of a model's files, downloaded if the local cache lacks them.

    Raises:
        ModelUnavailable: With the reason and the way out.
    """
    hub_cache()  # sets up the hub's client before it is imported
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    wanted: dict[str, Any] = {
        "repo_id": spec.source,
        "revision": spec.revision or None,
        "allow_patterns": [*_PATTERNS, *([PICKLED] if unsafe_pickle else [])],
        "ignore_patterns": _IGNORED,
    }
    try:
        folder = Path(snapshot_download(**wanted, local_files_only=True))
        # A cache that holds only the tokenizer, say, is not the model yet.
        weights = [*folder.glob("*.safetensors"), *folder.glob(PICKLED)]
        if (folder / "config.json").is_file() and weights and not missing_parts(folder):
            return folder
    except LocalEntryNotFoundError:
        pass
    except (HFValidationError, ValueError) as error:
        raise refusal("no_source", source=spec.source) from error
    try:
        folder = Path(snapshot_download(**wanted))
    except Exception as error:
        raise _unavailable(spec, error) from error
    if not (folder / "config.json").is_file():
        # Without a network the hub's client gives what little of the model is cached.
        raise _unavailable(spec, LocalEntryNotFoundError(str(folder)))
    return folder


def fetch_file(spec: ModelSpec, repository: str, name: str) -> Path:
    """One file of a repository, downloaded if the local cache lacks it.

    Raises:
        ModelUnavailable: With the reason and the way out.
    """
    hub_cache()
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    wanted: dict[str, Any] = {"repo_id": repository, "filename": name}
    wanted["revision"] = spec.revision or None
    try:
        return Path(hf_hub_download(**wanted, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    try:
        return Path(hf_hub_download(**wanted))
    except EntryNotFoundError as error:
        if isinstance(error, LocalEntryNotFoundError):
            raise _unavailable(spec, error) from error
        raise refusal("hub_no_file", repository=repository, name=name) from error
    except Exception as error:
        raise _unavailable(spec, error) from error


def _unavailable(spec: ModelSpec, error: Exception) -> FairvizError:
    """The advice for a download that failed."""
    import httpx
    from huggingface_hub import errors

    answers: tuple[tuple[bool, str], ...] = (
        (isinstance(error, errors.GatedRepoError), "hub_gated"),
        (isinstance(error, errors.RevisionNotFoundError), "hub_revision"),
        (isinstance(error, errors.RepositoryNotFoundError), "hub_unknown"),
        (isinstance(error, OSError) and error.errno in _DISK, "hub_disk"),
        (
            isinstance(
                error,
                errors.LocalEntryNotFoundError | errors.HfHubHTTPError | httpx.HTTPError | OSError,
            ),
            "hub_unreachable",
        ),
    )
    return refusal(
        next((which for holds, which in answers if holds), "hub_failure"),
        name=spec.source,
        address=f"https://huggingface.co/{spec.source}",
        revision=spec.revision,
        kind=type(error).__name__,
        error=error,
    )
