"""Which parts of a compressed model bring the shift, and the change of a probe's rate."""
