"""Training: plan, check, start, repeat, recover. For pages and the command line."""
