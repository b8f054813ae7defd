"""No compression: the weights as they are stored."""

from fairviz.compression.method import Method

NONE = Method(
    name="none",
    title="As stored",
    family="none",
    bits=None,
    meaning="The checkpoint as it is; one that is already quantized stays so.",
    paper="",
)
