"""Waiting for a device and loading the pair onto it, told as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.base import Request
from fairviz.analyses.runner import Loading, Machine
from fairviz.core.errors import OutOfMemory
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import session, visitors

if TYPE_CHECKING:
    from fairviz.models.pair import Pair


def loading(status: DeltaGenerator) -> Loading:
    """The pair of a request from the device's queue, told in the place for it."""

    def load(request: Request, machine: Machine, device: str) -> AbstractContextManager[Pair]:
        return seated(request.baseline, request.compressed, machine, device, status)

    return load


@contextmanager
def seated(
    baseline: ModelSpec,
    compressed: ModelSpec,
    machine: Machine,
    device: str,
    status: DeltaGenerator,
) -> Iterator[Pair]:
    """The loaded pair, once the device is free; whatever ends the block leaves the queue.

    Args:
        baseline: One model.
        compressed: The other.
        machine: Whether unsafe files may be read.
        device: `cpu`, `cuda` or `mps`; each has its own queue.
        status: Where progress is told.

    Raises:
        NotShown: If this server shows what is stored, and computes nothing.
    """
    shared = visitors.here()
    if shared is not None and not shared.tokens:
        raise visitors.not_shown()
    desk = session.desk(device)

    def say(words: str) -> None:
        session.breathe()
        status.progress(0.0, words)

    with desk.turnstile.enter() as ticket:
        for ahead in ticket.wait():
            say(_("In line on this {device}: {ahead} before you.", device=device, ahead=ahead))
        say(_("Waking the two models up…"))
        pair = desk.resident.pair(
            baseline,
            compressed,
            device=device,
            unsafe_pickle=machine.unsafe_pickle,
            progress=say,
        )
        try:
            yield pair
        except OutOfMemory:
            desk.resident.release()
            raise
