"""Checkpoints of Hugging Face: from the local cache, else from the network, else advice."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from fairviz.core.errors import FairvizError, ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.catalog import hub_cache
from fairviz.models.metadata import missing_parts

_PATTERNS = ["*.json", "*.safetensors", "*.model", "*.txt"]
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
        raise ModelUnavailable(
            _("'{source}' is neither a folder here nor a Hugging Face id.", source=spec.source),
            fix=_("Write demo, an id such as bigscience/bloom-560m, or the path of a folder."),
        ) from error
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
        raise ModelUnavailable(
            _("'{repository}' has no file {name}.", repository=repository, name=name),
            fix=_("Look at its list of files on huggingface.co, and name one of them."),
        ) from error
    except Exception as error:
        raise _unavailable(spec, error) from error


def _unavailable(spec: ModelSpec, error: Exception) -> FairvizError:
    """The advice for a download that failed; an error that is not the hub's as it is."""
    import httpx
    from huggingface_hub import errors

    name = spec.source
    if isinstance(error, errors.GatedRepoError):
        return ModelUnavailable(
            _("'{name}' is gated: its authors ask you to accept their terms.", name=name),
            fix=_(
                "Accept them at {address} and log in with `hf auth login`.",
                address=f"https://huggingface.co/{name}",
            ),
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelUnavailable(
            _("'{name}' has no revision '{revision}'.", name=name, revision=spec.revision),
            fix=_("Check the branch, tag or commit."),
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return ModelUnavailable(
            _("There is no model '{name}' on Hugging Face, or it is private.", name=name),
            fix=_("Check the spelling; for a private model log in with `hf auth login`."),
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        return ModelUnavailable(
            _(
                "'{name}' could not be written to the local cache ({error}).",
                name=name,
                error=error,
            ),
            fix=_("Make room or name another folder in HF_HOME."),
        )
    if isinstance(
        error,
        (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, httpx.HTTPError, OSError),
    ):
        return ModelUnavailable(
            _("'{name}' is not in the local cache, and Hugging Face cannot be reached.", name=name),
            fix=_("Download it where there is a network, or name a folder."),
        )
    return ModelUnavailable(
        _(
            "'{name}' could not be fetched ({kind}: {error}).",
            name=name,
            kind=type(error).__name__,
            error=error,
        ),
        fix=_("Check the name and the network, or name a folder."),
    )
