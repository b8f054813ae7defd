"""What is installed is written down: the lock holds one version of everything that is asked for."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def requirements(name):
    """The requirements of a file; comments, and the files that it includes, are left out."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        written = re.sub(r"(^|\s)#.*", "", line).strip()
        if written and not written.startswith("-"):
            yield Requirement(written)


def locked():
    return {canonicalize_name(one.name): one for one in requirements("requirements.lock")}


def version(requirement):
    (only,) = requirement.specifier
    assert only.operator == "==", f"{requirement} is no single version"
    return only.version


def test_the_lock_holds_a_version_of_everything_asked_for():
    lock = locked()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for asked in requirements(name):
            held = lock.get(canonicalize_name(asked.name))
            assert held is not None, f"{asked.name} is not in the lock: make lock"
            assert asked.specifier.contains(version(held)), f"{held} is not {asked}: make lock"


def test_what_those_need_is_in_the_lock_too():
    """By what the packages of the lock's versions say of themselves, where they are installed."""
    lock = locked()
    seen, ahead = set(), [(name, frozenset[str]()) for name in lock]
    while ahead:
        name, extras = ahead.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or not in this environment
        if not lock[name].specifier.contains(installed.version):
            continue  # an environment of the newest versions
        for one in map(Requirement, installed.requires or []):
            wanted = {"", *extras}
            if one.marker and not any(one.marker.evaluate({"extra": e}) for e in wanted):
                continue
            child = canonicalize_name(one.name)
            assert child in lock, f"{name} needs {child}, and it is not in the lock: make lock"
            ahead.append((child, frozenset(one.extras)))


def test_what_only_one_system_has_is_asked_of_no_other():
    for name, held in locked().items():
        version(held)
        if name.startswith(("nvidia-", "cuda-", "triton")) and name != "nvidia-ml-py":
            assert held.marker is not None, f"{held} would be asked for everywhere"
            assert not held.marker.evaluate({"sys_platform": "darwin"})
