"""Compression methods: declared in a table, made or applied by functions, in a closed registry."""
