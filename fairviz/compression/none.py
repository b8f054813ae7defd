"""No compression: the weights as they are stored."""

from fairviz.compression.method import Method
from fairviz.i18n import N_

NONE = Method(
    name="none",
    title=N_("As stored"),
    family="none",
    bits=None,
    meaning=N_("The checkpoint as it is; one that is already quantized stays so."),
    paper="",
)
