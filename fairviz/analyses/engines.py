"""Who reads: this process, a cluster, or this process with what a cluster has done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from fairviz.analyses.base import Request, together
from fairviz.analyses.runner import Loading, Machine, alone, prints
from fairviz.core.errors import BadSpec
from fairviz.engine import cluster
from fairviz.engine.cluster import Cluster, joined
from fairviz.engine.joining import is_cluster
from fairviz.engine.loading import Here, far_pair, folder_of
from fairviz.engine.run import Known, Workers
from fairviz.engine.worker import Asked
from fairviz.i18n import _
from fairviz.models.pair import Pair

LOCAL = "local"


@contextmanager
def opened(
    name: str, workers: int, machine: Machine, *, keep: bool, say: Callable[[str], None] | None
) -> Iterator[tuple[Machine, Loading]]:
    """How a request is read by an engine, for as long as that is needed.

    Args:
        name: `ray[:ADDRESS]`, or `local`, which goes on here from what another has done.
        workers: Of a cluster; 0 is one a GPU, or one a machine where there is none.
        machine: As asked.
        keep: Whether what is done is kept until the whole is.
        say: Told in sentences how far it is.

    Raises:
        BadSpec: If there is no such engine.
    """
    tell = say or (lambda words: None)
    if name == LOCAL:
        if workers:
            raise BadSpec(
                _("This process is one, and workers were asked for: {n}.", n=workers),
                fix=_("Write --engine ray, or leave out --workers."),
            )
        yield machine, _loading(tell, keep, alone(say))
    elif is_cluster(name):
        with joined(name, workers) as reads:
            there = reads.place(machine.device, machine.dtype)
            placed = machine._replace(**there._asdict(), elsewhere=True)
            yield placed, _loading(tell, keep, reads)
    else:
        raise BadSpec(
            _("'{engine}' is no engine.", engine=name),
            fix=_("Write ray, ray:ADDRESS or local, or leave it out."),
        )


def standing(name: str) -> AbstractContextManager[None]:
    """An engine that several requests use, each by `opened`, started once."""
    return cluster.standing(name) if is_cluster(name) else nullcontext()


def _loading(say: Callable[[str], None], keep: bool, reads: Cluster | Loading) -> Loading:
    @contextmanager
    def loaded(request: Request, machine: Machine, device: str) -> Iterator[Pair]:
        device, dtype, unsafe_pickle, _elsewhere = machine.placed()
        folder = folder_of(request, prints(request), device, dtype) if keep else None

        def far(known: Known, workers: Workers) -> AbstractContextManager[Pair]:
            return far_pair(request, known, workers, say, folder, unsafe_pickle=unsafe_pickle)

        if isinstance(reads, Cluster):
            known = reads.load(
                Asked(
                    request.baseline, request.compressed, machine.device, machine.dtype,
                    unsafe_pickle, together(request),
                ),
                say,
            )  # fmt: skip
            with far(known, reads) as pair:
                yield pair
            return
        with reads(request, machine, device) as here:
            if here is not None:
                with far(Known.of(here), Here(here)) as pair:
                    yield pair

    return loaded
