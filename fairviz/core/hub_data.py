"""Data sets of the Hugging Face Hub, by the library that reads them where it is installed."""

from __future__ import annotations

from typing import Any

from fairviz.core.errors import MissingPackage, ModelUnavailable
from fairviz.i18n import _


def load(name: str, subset: str = "", **options: Any) -> Any:
    """A data set, as `datasets.load_dataset` gives it.

    Raises:
        MissingPackage: If the library `datasets` is not installed.
        ModelUnavailable: If the data set cannot be fetched.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingPackage(
            _("Data sets of the Hub are read with the library datasets, which is not installed."),
            fix=_("pip install datasets, or download the file and give its path."),
        ) from error
    try:
        return datasets.load_dataset(name, subset or None, **options)
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        raise ModelUnavailable(
            _(
                "The data set {name} could not be fetched ({kind}: {said}).",
                name=name,
                kind=type(error).__name__,
                said=said,
            ),
            fix=_("Check the name, the subset and the network, or download the file and give it."),
        ) from error
