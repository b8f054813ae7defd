"""How many files this process may have open, and how near to that it is.

Streamlit keeps the session of each closed tab for a while (`server.disconnectedSessionTTL`, two
minutes; the last 128 of them) for a browser that comes back, and each has an event loop of three
open files. They are given back when it is forgotten.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

WANTED = 8192
_NEAR = 0.8


class OpenFiles(NamedTuple):
    """Files, sockets and the like."""

    now: int
    most: int

    @property
    def near(self) -> bool:
        """Whether a few more sessions may be one too many."""
        return self.now > _NEAR * self.most


def raise_limit() -> None:
    """Let this process open as many files as it may, up to `WANTED`; nothing on Windows."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def counted() -> OpenFiles | None:
    """What is open now; None where the system does not tell."""
    try:
        now = len(os.listdir("/dev/fd")) - 1  # the listing is one itself
    except OSError:
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return OpenFiles(now, sys.maxsize if most == resource.RLIM_INFINITY else most)
