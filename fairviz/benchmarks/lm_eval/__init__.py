"""lm-evaluation-harness with `--log_samples`: two runs of the same questions, item by item."""

from fairviz.benchmarks.lm_eval.importer import Compression, Imported, read

__all__ = ["Compression", "Imported", "read"]
