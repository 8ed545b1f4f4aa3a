"""Reading weights into a model, and checkpoints."""
