"""Score thresholds: curves, the rules that choose one, calibration."""
