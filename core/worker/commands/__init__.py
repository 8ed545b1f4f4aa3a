"""What `python -m core.worker VERB` runs, one module a verb."""
