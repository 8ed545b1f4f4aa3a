"""The worker as a process: status, failures, log."""
