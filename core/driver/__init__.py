"""The process that drives a sweep: `python -m core.driver SWEEP_FOLDER`. Nobody may import it but its tests."""
