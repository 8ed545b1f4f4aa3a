"""Runs that exist: list, watch, stop, note, queue, trash. For pages and the command line."""
