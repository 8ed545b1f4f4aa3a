"""A training run: recipe, queue, launch, status, metrics, failures. Never imports torch."""
