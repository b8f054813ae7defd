"""Published and own bias tables: one schema, one importer per source."""
