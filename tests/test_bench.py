"""The benchmarks take hours; what they take from the package is there."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import bench


@pytest.mark.parametrize("name", [one.name for one in walk_packages(bench.__path__, "bench.")])
def test_every_benchmark_can_be_begun(name):
    import_module(name)
