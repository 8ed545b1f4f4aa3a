"""The training loop: trainer, hooks, validation, checkpoints, process group."""
