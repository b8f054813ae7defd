"""What a model cannot take, said before an hour of calibration, with the layers by name."""

from __future__ import annotations

from fairviz.compression import settings
from fairviz.compression.method import Shape
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _, ngettext


def pruning(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse a sparsity that is none, and an N:M that does not fit the widths."""
    wanted = settings.sparsity(spec)
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


def drop(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse to drop as many layers as there are."""
    count = settings.layers(spec)
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


def groups(spec: CompressionSpec, shape: Shape | None, allowed: tuple[int, ...]) -> None:
    """Refuse bits that the method does not take, and groups that do not fit the widths."""
    wanted = settings.bits(spec, allowed)
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


def fitting_groups(shape: Shape) -> list[int]:
    """The group sizes that divide every width of a model, the largest last."""
    return [
        group
        for group in settings.GROUPS
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
