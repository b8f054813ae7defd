"""What the settings of a method mean (`gptq:4:64`, `wanda:0.5`, `wanda:2:4`, `drop:1`).

What a model cannot take is said before an hour of calibration, with the layers by name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fairviz.compression.method import Shape
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _, ngettext

PATTERNS = ("2:4", "4:8")
# The usual group of the papers, and smaller ones for narrow layers.
GROUP = 128
GROUPS = (32, 64, 128)
# Bits that a method rounds to, the usual ones first.
BITS = {"rtn": (4, 3, 8), "gptq": (4, 3, 8), "awq": (4,), "fairgptq": (4, 3, 8)}
# How much Fair-GPTQ weighs its pairs where nobody says: as its paper does.
ALPHA = 0.1
_PARTS = {
    "layers": ("all", "lower", "upper"),
    "control": ("shuffled", "unrelated"),
    "language": ("fr", "en"),
}
_ALPHA = re.compile(r"0|1|[01]?\.\d+")


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


class Bits(NamedTuple):
    """How weights are rounded.

    Attributes:
        bits: Of a weight.
        group: Weights of a row that share a scale; 0 is the whole row.
    """

    bits: int
    group: int


class Fair(NamedTuple):
    """What Fair-GPTQ evens.

    Attributes:
        alpha: Weight of the pairs, 0 to 1; at 0 they are read as plain text.
        layers: Which decoder layers: `all`, or the `lower` or `upper` tenth.
        control: `shuffled` or `unrelated` for pairs that are none; else empty.
        language: `fr` or `en` where only those pairs are read; else empty.
    """

    alpha: float = ALPHA
    layers: str = "all"
    control: str = ""
    language: str = ""


def fair(spec: CompressionSpec) -> Fair:
    """Read what follows the bits of `fairgptq:BITS[:ALPHA][:PART ...]`; the group is not of it.

    Raises:
        BadSpec: If a setting is none of them, or one is given twice.
    """
    found: dict[str, str | float] = {}
    for given in spec.settings[1:]:
        name = next((name for name, values in _PARTS.items() if given in values), "")
        value: str | float = given
        if not name and _ALPHA.fullmatch(given) and 0 <= float(given) <= 1:
            name, value = "alpha", float(given)
        if not name and given.isdecimal():
            name = "group"
        if not name or name in found:
            raise BadSpec(
                _("'{spec}' does not say what is made even.", spec=spec),
                fix=_(
                    "Write {form}: then, if need be, a weight from 0 to 1 and any of {words}.",
                    form=f"{spec.method}:4",
                    words=", ".join(word for words in _PARTS.values() for word in words),
                ),
            )
        found[name] = value
    found.pop("group", None)
    return Fair(**found)  # type: ignore[arg-type]


def rounding(spec: CompressionSpec) -> tuple[str, ...]:
    """The settings that say how weights are rounded: bits, and the group where it is given."""
    if spec.method != "fairgptq":
        return spec.settings
    groups = (one for one in spec.settings[1:] if one.isdecimal() and not _ALPHA.fullmatch(one))
    return (*spec.settings[:1], *groups)


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


def bits(spec: CompressionSpec) -> Bits:
    """Read `METHOD:BITS[:GROUP]`.

    Raises:
        BadSpec: If it takes no such bits or group.
    """
    allowed = BITS[spec.method]
    of = ", ".join(f"{spec.method}:{number}" for number in allowed)
    given = rounding(spec)
    numbers = [int(part) if part.isdecimal() else -1 for part in given]
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
            _("'{spec}' asks for groups of {size}.", spec=spec, size=given[1]),
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


def check_pruning(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse a sparsity that is none, and an N:M that does not fit the widths."""
    wanted = sparsity(spec)
    if shape is not None and wanted.m:
        _divides(
            spec,
            shape,
            wanted.m,
            _(
                "Use {form}, which needs no pattern, or another model.",
                form=f"{spec.method}:{wanted.share:g}",
            ),
        )


def check_drop(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse to drop as many layers as there are."""
    count = layers(spec)
    if shape is not None and count >= shape.layers:
        raise BadSpec(
            ngettext(
                "'{spec}' drops {n} layers and {name} has {layers}.",
                "'{spec}' drops {n} layers and {name} has {layers}.",
                count,
                spec=spec,
                name=shape.name,
                layers=shape.layers,
            ),
            fix=_("Drop at most {most}.", most=shape.layers - 1),
        )


def check_groups(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse bits that the method does not take, and groups that do not fit the widths."""
    wanted = bits(spec)
    if shape is None:
        return
    fitting = fitting_groups(shape)
    fix = (
        _(
            "Write {form} for groups of {size}.",
            form=f"{spec.method}:{wanted.bits}:{fitting[-1]}",
            size=fitting[-1],
        )
        if fitting
        else _("No group size fits these widths; choose another model or a method without groups.")
    )
    _divides(spec, shape, wanted.group, fix)


def check_fair(spec: CompressionSpec, shape: Shape | None) -> None:
    """The same, and what Fair-GPTQ takes besides."""
    fair(spec)
    check_groups(spec, shape)


def check_w8a8(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse anything but w8a8."""
    if spec.settings != ("w8a8",):
        raise BadSpec(
            _("'{spec}' is not one of SmoothQuant's settings.", spec=spec),
            fix=_("Write {form}.", form=f"{spec.method}:w8a8"),
        )


def fitting_groups(shape: Shape) -> list[int]:
    """The group sizes that divide every width of a model, the largest last."""
    return [
        group
        for group in GROUPS
        if all(columns % group == 0 for _rest, columns in shape.matrices.values())
    ]


def _divides(spec: CompressionSpec, shape: Shape, size: int, fix: str) -> None:
    bad = {name: columns for name, (_rest, columns) in shape.matrices.items() if columns % size}
    if bad:
        first = ", ".join(
            _("{layer} ({columns} wide)", layer=name, columns=columns)
            for name, columns in list(bad.items())[:3]
        )
        if len(bad) > 3:
            first = ngettext(
                "{first} and {n} more", "{first} and {n} more", len(bad) - 3, first=first
            )
        raise BadSpec(
            _(
                "'{spec}' needs widths that {size} divides; in {model} these are not: {layers}.",
                spec=spec,
                size=size,
                model=shape.name,
                layers=first,
            ),
            fix=fix,
        )
