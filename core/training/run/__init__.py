"""A run on disk: folder, job, status, checkpoints, notes, groups."""
