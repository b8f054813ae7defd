"""The closed registry of compression methods."""

from __future__ import annotations

from importlib.util import find_spec

from fairviz.compression.four_bit import FP4, NF4
from fairviz.compression.int8 import INT8
from fairviz.compression.method import Method
from fairviz.compression.none import NONE
from fairviz.errors import BadSpec, MissingPackage
from fairviz.specs import CompressionSpec

METHODS: dict[str, Method] = {method.name: method for method in (NONE, INT8, NF4, FP4)}


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
            f"'{spec.method}' is not a compression method of fairviz.",
            fix=f"Use one of {', '.join(name for name in METHODS if name != 'none')}.",
        )
    if spec.settings:
        raise BadSpec(
            f"{method.name} takes no settings, but '{spec}' gives some.",
            fix=f"Write {method.name} alone.",
        )
    if device is not None and device not in method.devices:
        raise BadSpec(
            f"{method.title} does not run on {device}.",
            fix=f"Choose another device: {', '.join(method.devices)}.",
        )
    for package, install in method.needs.items():
        if find_spec(package) is None:
            raise MissingPackage(
                f"{method.title} needs the package {package}.", fix=f"Run: {install}"
            )
    return method
