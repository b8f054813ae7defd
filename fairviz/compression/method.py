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

# What the methods that are made here are tested on, by `model_type`.
ARCHITECTURES = (
    *("bloom", "opt", "llama", "mistral", "qwen2", "qwen3"),
    *("gemma3_text", "gpt_neox", "olmo", "olmo2", "phi", "phi3"),
)
# What needs no more than weights to set to zero; Falcon has a linear layer of its own, which
# quantizers do not know.
PRUNABLE = (*ARCHITECTURES, "falcon")


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
    """

    spec: CompressionSpec
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    samples: Tensor
    told: Callable[[int, int], None]


@dataclass(frozen=True)
class Method:
    """One way to make a model smaller.

    Attributes:
        name: Its text form in a model's name.
        title: What a page calls it.
        family: `none`, `quantization`, `pruning` or `structured pruning`.
        bits: Bits that a compressed weight is held in when the model is loaded, scales not
            counted; None when the weights keep their type.
        meaning: One sentence for the reader.
        paper: Where it comes from.
        does: One paragraph for the reader; empty where `meaning` says it all.
        takes: One line on its settings; empty where there are none.
        forms: Text forms with settings that a page offers, the usual one first.
        cost: One line on time and memory.
        needs: Import name -> install line of the packages it cannot do without.
        devices: The kinds of device it runs on.
        architectures: `model_type`s that it takes; empty for any.
        asks: What it must know of a model, for one that it does not take.
        calibrated: Whether it reads a calibration text.
        grouped: Whether `METHOD:BITS` leaves open how many weights share a scale.
        batch_invariant: Whether a text's numbers are the same whatever is read beside it.
        linear_only: Whether all tensors but those of linear layers are the baseline's own, bit for
            bit, when the model is loaded; they are then held once for both.
        load_arguments: Further arguments of `from_pretrained`, given the dtype's name.
        check: Refuses settings that a model cannot take, before anything is computed; given
            None, only settings that no model could take.
        make: Compresses the weights; None for a method that is applied while loading.
    """

    name: str
    title: str
    family: str
    bits: int | None
    meaning: str
    paper: str
    does: str = ""
    takes: str = ""
    forms: tuple[str, ...] = ()
    cost: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ("cuda", "mps", "cpu")
    architectures: tuple[str, ...] = ()
    asks: str = N_(
        "It compresses linear layers within a list of decoder layers, where it knows them."
    )
    calibrated: bool = False
    grouped: bool = False
    batch_invariant: bool = True
    linear_only: bool = False
    load_arguments: Callable[[str], dict[str, Any]] = _nothing
    check: Callable[[CompressionSpec, Shape | None], None] | None = None
    make: Callable[[Work], None] | None = None

    @property
    def made(self) -> bool:
        """Whether its weights are made once and kept; otherwise it is applied while loading."""
        return self.make is not None
