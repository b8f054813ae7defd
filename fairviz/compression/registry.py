"""The registry of compression methods: written by hand, open to those of other packages."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

from fairviz.compression.awq import AWQ
from fairviz.compression.drop import DROP
from fairviz.compression.four_bit import FP4, NF4
from fairviz.compression.gblm import GBLM
from fairviz.compression.gptq import GPTQ
from fairviz.compression.int8 import INT8
from fairviz.compression.magnitude import MAGNITUDE
from fairviz.compression.method import Method, Shape
from fairviz.compression.none import NONE
from fairviz.compression.refusals import fitting_groups
from fairviz.compression.rtn import RTN
from fairviz.compression.settings import GROUP
from fairviz.compression.smoothquant import SMOOTHQUANT
from fairviz.compression.sparsegpt import SPARSEGPT
from fairviz.compression.wanda import WANDA
from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.registry import Registry
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import _

METHODS = Registry(
    "fairviz.methods",
    Method,
    (
        NONE,
        INT8,
        NF4,
        FP4,
        GPTQ,
        AWQ,
        SMOOTHQUANT,
        RTN,
        MAGNITUDE,
        WANDA,
        SPARSEGPT,
        GBLM,
        DROP,
    ),
)
# The studies' grid: every quantization, and every pruning at the ratios up to 60 %.
PRUNED = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "2:4", "4:8")


def grid() -> tuple[CompressionSpec, ...]:
    """What a sweep makes: each form of the quantizations, the pruning grid, one layer dropped."""
    forms: list[str] = []
    for method in METHODS.values():
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
    groups = fitting_groups(shape)
    if not METHODS[spec.method].grouped or len(spec.settings) != 1 or GROUP in groups or not groups:
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
    if method.check is not None:
        method.check(spec, shape)
