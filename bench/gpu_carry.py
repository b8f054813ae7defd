"""Collect the wheels that `bench.gpu_check` needs on a machine that has torch and no network.

Run as `python -m bench.gpu_carry FOLDER [--there FREEZE.txt]` (`make gpu-carry`) where there is a
network, and take FOLDER along. `--there` is what `pip freeze` prints on that machine: what it has
is not carried. Versions are those of requirements.lock. Groups are taken in order while they fit;
one that does not is left out whole, and the check then skips what needs it. There:

    python -m pip install --no-index --no-deps --target site FOLDER/*.whl
    PYTHONPATH=site python -m bench.gpu_check
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
MOST = 64 * 2**20
# What is imported on the way, beside what comes with torch and transformers.
GROUPS = {
    "loading, scoring, decoding": ("accelerate", "psutil", "filelock"),
    "gptq, awq, rtn, wanda and the other methods that are made": (
        "llmcompressor",
        "compressed-tensors",
        "loguru",
        "pydantic",
        "pydantic-core",
        "annotated-types",
        "typing-inspection",
        "nvidia-ml-py",
        "pillow",
        "datasets",
        "dill",
        "multiprocess",
        "xxhash",
        "requests",
        "charset-normalizer",
        "urllib3",
        "pandas",
        "python-dateutil",
        "pyarrow",
    ),
    "int8, nf4 and fp4": ("bitsandbytes",),
}
# pip matches each of these by itself.
PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 27, 28, 31, 34)),
    "manylinux2014_x86_64",
    "manylinux1_x86_64",
)


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lines: Iterable[str]) -> dict[str, str]:
    """Name -> version of every line `name==version`."""
    found = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
    return {plain(match[1]): match[2] for match in found if match}


def wanted(there: Iterable[str]) -> dict[str, list[str]]:
    """Group -> the requirements of it that a machine lacks, given the names of what it has."""
    has, versions = {plain(name) for name in there}, locked(LOCK.read_text().splitlines())
    return {
        group: [f"{name}=={versions[name]}" for name in names if name not in has]
        for group, names in GROUPS.items()
    }


def carry(folder: Path, there: Iterable[str], python: str, most: int = MOST) -> list[str]:
    """Download the groups that fit, and tell of each.

    Args:
        folder: Where the wheels go.
        there: Names of the packages that the machine has.
        python: Its version, `3.12`.
        most: Bytes that all wheels together may take.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told, taken = [], sum(path.stat().st_size for path in folder.glob("*.whl"))
    for group, names in wanted(there).items():
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            if names:
                _download(names, Path(apart), python)
            wheels = list(Path(apart).glob("*.whl"))
            size = sum(path.stat().st_size for path in wheels)
            fits = taken + size <= most
            for path in wheels if fits else ():
                path.rename(folder / path.name)
            taken += size if fits else 0
            words = "carried" if fits else f"LEFT OUT, {most / 2**20:.0f} MiB are the limit"
            told.append(f"{group}: {len(names)} wheels, {size / 2**20:.1f} MiB, {words}")
    told.append(f"{taken / 2**20:.1f} MiB in {folder}")
    return told


def _download(names: list[str], folder: Path, python: str) -> None:
    arguments = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    arguments += ["--python-version", python, "--implementation", "cp"]
    arguments += [f"--platform={name}" for name in PLATFORMS]
    subprocess.run([sys.executable, "-m", "pip", "download", *arguments, *names], check=True)


def main() -> None:
    """Collect, and tell how much it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--there", type=Path, help="what pip freeze prints on that machine")
    parser.add_argument("--python", default="3.12", help="its version of Python")
    parser.add_argument("--most", type=int, default=MOST, help="bytes that they may take")
    arguments = parser.parse_args()
    there = locked(arguments.there.read_text().splitlines()) if arguments.there else ()
    print("\n".join(carry(arguments.folder, there, arguments.python, arguments.most)))


if __name__ == "__main__":
    main()
