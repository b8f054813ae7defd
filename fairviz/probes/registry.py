"""The registry of probes: written by hand, and open to those of other packages."""

from __future__ import annotations

from fairviz.core.errors import BadSpec
from fairviz.core.registry import Registry
from fairviz.i18n import _
from fairviz.probes.bbq import BBQ
from fairviz.probes.by_classifier import BY_CLASSIFIER
from fairviz.probes.counterfactual import COUNTERFACTUAL
from fairviz.probes.dialect import DIALECT
from fairviz.probes.group_auc import GROUP_AUC
from fairviz.probes.many_samples import MANY_SAMPLES
from fairviz.probes.minimal_pairs import MINIMAL_PAIRS
from fairviz.probes.record import Probe
from fairviz.probes.stereoset import STEREOSET
from fairviz.probes.stored import STORED
from fairviz.probes.stored_harm import STORED_HARM
from fairviz.probes.unqover import UNQOVER

# In the order in which pages list them.
PROBES = Registry(
    "fairviz.probes",
    Probe,
    (
        MINIMAL_PAIRS,
        COUNTERFACTUAL,
        MANY_SAMPLES,
        STEREOSET,
        BBQ,
        UNQOVER,
        DIALECT,
        BY_CLASSIFIER,
        GROUP_AUC,
        STORED,
        STORED_HARM,
    ),
)


def probe_of(name: str) -> Probe:
    """The record of a probe.

    Raises:
        BadSpec: If there is no such probe.
    """
    try:
        return PROBES[name]
    except KeyError:
        raise BadSpec(
            " ".join(
                [_("'{name}' is not a probe of fairviz.", name=name), *map(str, PROBES.problems)]
            ),
            fix=_("Use one of {names}.", names=", ".join(PROBES)),
        ) from None
