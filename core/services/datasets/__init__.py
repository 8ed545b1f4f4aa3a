"""Data sets: inspect, import, list, open. For pages and the command line."""
