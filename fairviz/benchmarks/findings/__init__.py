"""What is said of the study, recomputed from its own figures."""
