"""The registry of compression methods: declared by hand, open to those of other packages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from fairviz.compression import drop, one_shot, pruning, settings, while_loading
from fairviz.compression.layers import kept, short
from fairviz.compression.method import Method, Shape
from fairviz.core.declared import declared, refusals_of
from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.registry import Registry
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _

_refused = refusals_of(__file__, BadSpec)
# The functions of each declared method.
_CODE: dict[str, dict[str, Any]] = {
    "int8": {"load_arguments": while_loading.int8},
    "nf4": {"load_arguments": partial(while_loading.four_bit, "nf4")},
    "fp4": {"load_arguments": partial(while_loading.four_bit, "fp4")},
    "gptq": {"make": one_shot.gptq, "check": settings.check_groups},
    "fairgptq": {"make": one_shot.fairgptq, "check": settings.check_fair},
    "awq": {"make": one_shot.awq, "check": settings.check_groups},
    "smoothquant": {"make": one_shot.smoothquant, "check": settings.check_w8a8},
    "rtn": {"make": one_shot.rtn, "check": settings.check_groups},
    "magnitude": {"make": pruning.magnitude, "check": settings.check_pruning},
    "wanda": {"make": one_shot.wanda, "check": settings.check_pruning},
    "sparsegpt": {"make": one_shot.sparsegpt, "check": settings.check_pruning},
    "gblm": {"make": pruning.gblm, "check": settings.check_pruning},
    "drop": {"make": drop.drop, "check": settings.check_drop},
}


def _own() -> Iterator[Method]:
    table = declared(__file__)
    for name, said in table["methods"].items():
        fields = {**table["kinds"].get(said.get("kind"), {}), **said, **_CODE.get(name, {})}
        kind, also, but = (fields.pop(key, ()) for key in ("kind", "also", "not"))
        if "make" in fields:
            tested = (*table["architectures"], *also)
            fields["architectures"] = tuple(one for one in tested if one not in but)
        if kind == "pruned":
            fields["forms"] = tuple(f"{name}:{given}" for given in table["pruning"])
        needs = {package: table["install"][package] for package in fields.pop("needs", ())}
        yield Method(name, needs=needs, **fields)


METHODS = Registry("fairviz.methods", Method, _own())
# The studies' grid of prunings.
PRUNED: tuple[str, ...] = declared(__file__)["grid"]


def grid() -> tuple[CompressionSpec, ...]:
    """What a sweep makes: each form of the quantizations, the pruning grid, one layer dropped."""
    forms: list[str] = []
    for method in METHODS.values():
        if method.paired:
            continue  # it moves on purpose
        if method.family == "quantization":
            forms += method.forms or [method.name]
        elif method.family == "pruning":
            forms += [f"{method.name}:{given}" for given in PRUNED]
        elif method.family == "structured pruning":
            forms += method.forms[:1]
    return tuple(CompressionSpec.parse(form) for form in forms)


def method_of(spec: CompressionSpec, device: str | None = None) -> Method:
    """The record of a method.

    Args:
        spec: The method that is asked for.
        device: Where it is to run (`cuda`, `mps`, `cpu`); None when that is open.

    Raises:
        BadSpec: If no such method exists, or it takes no such settings, or does not
            run on the device.
        MissingPackage: If a package it needs is not installed.
    """
    method = METHODS.get(spec.method)
    if method is None:
        raise BadSpec(
            _("'{method}' is not a compression method of fairviz.", method=spec.method),
            fix=_(
                "Use one of {names}.", names=", ".join(name for name in METHODS if name != "none")
            ),
        )
    if spec.keep and not method.keeps:
        raise _refused("keeps", method=_(method.title))
    if method.check is not None:
        method.check(spec, None)
    elif spec.settings:
        raise BadSpec(
            _(
                "{method} takes no settings, but '{spec}' gives some.",
                method=method.name,
                spec=spec,
            ),
            fix=_("Write {method} alone.", method=method.name),
        )
    if device is not None and device not in method.devices:
        raise BadSpec(
            _("{method} does not run on {device}.", method=_(method.title), device=device),
            fix=_("Choose another device: {devices}.", devices=", ".join(method.devices)),
        )
    for package, install in method.needs.items():
        if find_spec(package) is None:
            raise MissingPackage(
                _(
                    "{method} needs the package {package}.",
                    method=_(method.title),
                    package=package,
                ),
                fix=_("Run: {command}", command=install),
            )
    return method


def _taking(model_type: str) -> list[str]:
    """The methods that take an architecture, or any."""
    return [
        method.name
        for method in METHODS.values()
        if method.name != "none"
        and (not method.architectures or model_type in method.architectures)
    ]


def fitted(spec: CompressionSpec, shape: Shape) -> CompressionSpec:
    """A form with the group size that it means on a model, where that is not the usual one.

    `METHOD:BITS` takes the largest group that divides every width; where none does, `check`
    refuses it.
    """
    groups = settings.fitting_groups(shape)
    if (
        not METHODS[spec.method].grouped
        or len(settings.rounding(spec)) != 1
        or settings.GROUP in groups
        or not groups
    ):
        return spec
    return replace(spec, settings=(*spec.settings, str(groups[-1])))


def check(spec: CompressionSpec, shape: Shape) -> None:
    """Refuse, before anything is computed, what a model cannot take.

    Raises:
        BadSpec: With the layers that are in the way, by name.
    """
    method = method_of(spec)
    if method.architectures and shape.model_type not in method.architectures:
        raise BadSpec(
            _(
                "{method} is not known to work on {model}, a {kind} model. {asks}",
                method=_(method.title),
                model=shape.name,
                kind=shape.model_type,
                asks=_(method.asks),
            ),
            fix=_(
                "Choose one of {methods}, or a model of {kinds}.",
                methods=", ".join(_taking(shape.model_type)),
                kinds=", ".join(method.architectures),
            ),
        )
    for part in spec.keep:
        if not kept(shape.matrices, [part]):
            known = ", ".join(short(name) for name in list(shape.matrices)[:3])
            raise _refused("no_part", model=shape.name, part=part, known=known)
    if method.check is not None:
        method.check(spec, shape)
