"""No compression: the weights as they are stored."""

from fairviz.compression.method import Method
from fairviz.i18n import later

NONE = Method(
    name="none",
    title=later("As stored"),
    family="none",
    bits=None,
    meaning=later("The checkpoint as it is; one that is already quantized stays so."),
    paper="",
)
