"""A bias probe on a pair of models."""
