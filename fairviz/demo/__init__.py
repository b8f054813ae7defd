"""The bundled model: the grammar that writes its corpus, its planted truth, its training script."""
