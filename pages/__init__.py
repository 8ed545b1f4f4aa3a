"""The pages, one script each, their sections and shared widgets. A package, so that the import contracts see it."""
