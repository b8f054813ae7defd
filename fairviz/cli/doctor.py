"""What this machine can run, and what is missing."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from fairviz.analyses.store import Store
from fairviz.compression.method import Method
from fairviz.compression.quiet import import_bitsandbytes
from fairviz.compression.registry import METHODS, method_of
from fairviz.core.errors import FairvizError
from fairviz.core.specs import CompressionSpec
from fairviz.models import catalog, devices

_OLDEST = (3, 11)
_GIGABYTE = 1e9
# What a later import needs only for some checkpoints: name -> for what.
_OPTIONAL = {
    "gptqmodel": "GPTQ and AWQ checkpoints of others, requirements-gpu.txt",
    "alt-profanity-check": "the scorer `offensive`, pip install 'fairviz[offensive]'",
}


class Finding(NamedTuple):
    """One thing looked at."""

    name: str  # what was looked at
    ok: bool  # whether it is as it should be
    detail: str  # what was found
    fix: str = ""  # the way out; empty when there is nothing to mend


def examine() -> list[Finding]:
    """Look at the interpreter, the packages, the devices, each method and the folders."""
    return [*_python(), *_packages(), *_devices(), *_methods(), *_files()]


def _python() -> list[Finding]:
    ok = sys.version_info[:2] >= _OLDEST
    return [Finding("python", ok, platform.python_version(), "" if ok else "Install Python 3.11.")]


def _packages() -> list[Finding]:
    findings = []
    for name in ("torch", "transformers", "bitsandbytes", "accelerate", "streamlit", "plotly"):
        found = _version(name)
        fix = "" if found else "Run: pip install -r requirements.txt"
        findings.append(Finding(name, bool(found), found or "not installed", fix))
    for name, use in _OPTIONAL.items():
        detail = f"{_version(name) or 'not installed'} (optional: {use})"
        findings.append(Finding(name, True, detail))
    return findings


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _devices() -> list[Finding]:
    return [
        Finding(
            f"device {kind}",
            True,
            f"{devices.free_memory(kind) / _GIGABYTE:.1f} GB free, "
            f"runs {', else '.join(devices.automatic(kind))}",
        )
        for kind in devices.available()
    ]


def _methods() -> list[Finding]:
    """Quantize a small layer with each method and run it."""
    findings = []
    device = devices.choose()
    for name, method in METHODS.items():
        if name == "none":
            continue
        try:
            method_of(CompressionSpec.parse((method.forms or (name,))[0]), device)
            detail = _imported(method) if method.made else _tried(method, device)
        except FairvizError as error:
            findings.append(Finding(f"method {name}", False, error.message, error.fix))
        except Exception as error:
            detail = f"fails on {device}: {type(error).__name__}: {error}"
            fix = "Reinstall: " + "; ".join(method.needs.values() or ("make run",))
            findings.append(Finding(f"method {name}", False, detail, fix))
        else:
            findings.append(Finding(f"method {name}", True, detail))
    return findings


def _imported(method: Method) -> str:
    """What makes its weights, imported once."""
    for package in method.needs:
        import_module(package)
    makers = ", ".join(f"{name} {version(name)}" for name in method.needs) or "fairviz itself"
    return f"{method.title}: made once by {makers}"


def _tried(method: Method, device: str) -> str:
    return f"{method.title}: a trial layer on {device} is off by {_trial(method.name, device):.0%}"


def _trial(name: str, device: str) -> float:
    """Relative error of a quantized 128 x 128 layer on this device."""
    import torch

    import_bitsandbytes()
    from bitsandbytes import nn

    generator = torch.Generator().manual_seed(0)
    plain = torch.nn.Linear(128, 128, bias=False)
    plain.weight.data = torch.randn(128, 128, generator=generator)
    rows = torch.randn(4, 128, generator=generator)
    layer: torch.nn.Module
    if name == "int8":
        layer = nn.Linear8bitLt(128, 128, bias=False, has_fp16_weights=False, threshold=6.0)
    else:
        layer = nn.Linear4bit(128, 128, bias=False, quant_type=name)
        setattr(layer, "support_avx512bf16_for_cpu", False)  # noqa: B010 not in its type
    layer.load_state_dict(plain.state_dict())
    layer = layer.to(device).eval()
    with torch.inference_mode():
        expected = plain(rows)
        apart = layer(rows.to(device)).float().cpu() - expected
    return float(apart.norm() / expected.norm())


def _files() -> list[Finding]:
    findings = []
    for name, folder in catalog.BUNDLED.items():
        there = (folder / "model.safetensors").is_file()
        fix = "" if there else "Fetch the repository again, or: python -m fairviz.demo.train"
        findings.append(Finding(f"model {name}", there, str(folder), fix))
    others = [source for source in catalog.suggestions() if source not in catalog.BUNDLED]
    listed = ", ".join(others) or "none"
    findings.append(Finding("cached models", True, f"{listed} (in {catalog.hub_cache()})"))
    root = Store().root
    parent = next((place for place in (root, *root.parents) if place.exists()), root)
    writable = parent.is_dir() and os.access(parent, os.W_OK)
    fix = "" if writable else "Name a folder of your own in FAIRVIZ_CACHE."
    findings.append(Finding("cache folder", writable, str(root), fix))
    return findings
