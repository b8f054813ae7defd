"""What the settings of a method mean: `gptq:4:64`, `wanda:0.5`, `wanda:2:4`, `drop:1`."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _

# The studies' ratios; a page offers them, the text form takes any other in between.
RATIOS = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9")
PATTERNS = ("2:4", "4:8")
# The usual group of the papers, and smaller ones for narrow layers.
GROUP = 128
GROUPS = (32, 64, 128)


class Sparsity(NamedTuple):
    """How many weights become zero.

    Attributes:
        share: Of a row's weights, in (0, 1).
        n: Zeros in every group of `m` neighbours of a row; 0 where any weight may go.
        m: Size of that group; 0 where any weight may go.
    """

    share: float
    n: int
    m: int

    @property
    def pattern(self) -> str:
        """`n:m`; `0:0` where any weight may go."""
        return f"{self.n}:{self.m}"


class Bits(NamedTuple):
    """How weights are rounded.

    Attributes:
        bits: Of a weight.
        group: Weights of a row that share a scale; 0 is the whole row.
    """

    bits: int
    group: int


def sparsity(spec: CompressionSpec) -> Sparsity:
    """Read `METHOD:S` or `METHOD:N:M`.

    Raises:
        BadSpec: If S is not between 0.1 and 0.9 or N:M is none of the patterns.
    """
    given = ":".join(spec.settings)
    if given in PATTERNS:
        n, m = (int(part) for part in spec.settings)
        return Sparsity(n / m, n, m)
    try:
        share = float(given)
    except ValueError:
        share = 0.0
    if not 0.1 <= share <= 0.9:
        raise BadSpec(
            _("'{spec}' does not say how much is pruned.", spec=spec),
            fix=_(
                "Write {method}:S with S from 0.1 to 0.9, or {method}:2:4 or {method}:4:8.",
                method=spec.method,
            ),
        )
    return Sparsity(share, 0, 0)


def bits(spec: CompressionSpec, allowed: tuple[int, ...]) -> Bits:
    """Read `METHOD:BITS[:GROUP]`.

    Args:
        spec: The method with its settings.
        allowed: Bits that it takes.

    Raises:
        BadSpec: If it takes no such bits or group.
    """
    of = ", ".join(f"{spec.method}:{number}" for number in allowed)
    numbers = [int(part) if part.isdecimal() else -1 for part in spec.settings]
    if len(numbers) not in (1, 2) or numbers[0] not in allowed:
        raise BadSpec(
            _("'{spec}' does not say in how many bits.", spec=spec),
            fix=_(
                "Write {forms}; a group size may follow, as in {example}.",
                forms=of,
                example=f"{spec.method}:{allowed[0]}:64",
            ),
        )
    group = numbers[1] if len(numbers) == 2 else GROUP
    if group not in GROUPS:
        raise BadSpec(
            _("'{spec}' asks for groups of {size}.", spec=spec, size=spec.settings[1]),
            fix=_(
                "Use one of {sizes}, or leave it out for {usual}.",
                sizes=", ".join(map(str, GROUPS)),
                usual=GROUP,
            ),
        )
    return Bits(numbers[0], group)


def layers(spec: CompressionSpec) -> int:
    """Read `METHOD:N`, the number of whole layers.

    Raises:
        BadSpec: If N is not a number from 1.
    """
    given = ":".join(spec.settings)
    if not given.isdecimal() or int(given) < 1:
        raise BadSpec(
            _("'{spec}' does not say how many layers.", spec=spec),
            fix=_("Write {method}:N with N from 1, as in {method}:1.", method=spec.method),
        )
    return int(given)
