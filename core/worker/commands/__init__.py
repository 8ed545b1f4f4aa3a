"""The verbs of `python -m core.worker`, one module each."""
