"""What a compression method is, for pages, command line and loader alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fairviz.core.specs import CompressionSpec
from fairviz.i18n import N_

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def _nothing(dtype: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Shape:
    """What is known of a checkpoint before its weights are read.

    Attributes:
        name: What the user called the model.
        model_type: Of its config.
        layers: How many decoder layers it has.
        matrices: Name -> (rows, columns) of the weights that are compressed: the linear
            layers within the decoder layers.
    """

    name: str
    model_type: str
    layers: int
    matrices: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Work:
    """What a method is given to work on.

    Attributes:
        spec: The method with its settings.
        model: On its device, in evaluation mode; changed in place.
        tokenizer: Of the model.
        samples: (N, L) token ids of the calibration text; (0, L) where none is read.
        told: Called with layers done and layers in all; may raise to stop.
        pairs: Sentences and their counterparts, for a method that is `paired`.
    """

    spec: CompressionSpec
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    samples: Tensor
    told: Callable[[int, int], None]
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Method:
    """One way to make a model smaller; `registry.toml` declares the project's own."""

    name: str  # its text form in a model's name
    title: str
    meaning: str  # one sentence for the reader
    family: str = "none"  # else `quantization`, `pruning` or `structured pruning`
    # Bits that a compressed weight is held in when the model is loaded, scales not counted; None
    # when the weights keep their type.
    bits: int | None = None
    paper: str = ""
    does: str = ""  # one paragraph for the reader; empty where `meaning` says it all
    takes: str = ""  # one line on its settings; empty where there are none
    forms: tuple[str, ...] = ()  # with settings, as a page offers them; the usual one first
    cost: str = ""  # one line on time and memory
    needs: Mapping[str, str] = field(default_factory=dict)  # import name -> install line
    devices: tuple[str, ...] = ("cuda", "mps", "cpu")
    architectures: tuple[str, ...] = ()  # `model_type`s that it takes; empty for any
    # What it must know of a model, for one that it does not take.
    asks: str = N_(
        "It compresses linear layers within a list of decoder layers, where it knows them."
    )
    calibrated: bool = False  # whether it reads a calibration text
    paired: bool = False  # whether it reads pairs of sentences besides
    # Whether it works on one layer after another, so that the others may wait in the CPU's memory.
    by_layer: bool = False
    grouped: bool = False  # whether `METHOD:BITS` leaves open how many weights share a scale
    keeps: bool = False  # whether `+keep=` may leave parts uncompressed
    batch_invariant: bool = True  # whether a text's numbers are the same whatever is read beside it
    # Whether all tensors but those of linear layers are the baseline's own, bit for bit, when the
    # model is loaded; they are then held once for both.
    linear_only: bool = False
    # Further arguments of `from_pretrained`, given the dtype's name.
    load_arguments: Callable[[str], dict[str, Any]] = _nothing
    # Refuses settings that a model cannot take, before anything is computed; given None, only
    # settings that no model could take.
    check: Callable[[CompressionSpec, Shape | None], None] | None = None
    # Compresses the weights; None for a method that is applied while loading.
    make: Callable[[Work], None] | None = None

    @property
    def made(self) -> bool:
        """Whether its weights are made once and kept; otherwise it is applied while loading."""
        return self.make is not None
