"""Compression methods: one file and one record each, and the closed registry of them."""
