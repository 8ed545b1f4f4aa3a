"""A checkpoint as a detector: predictions and test-time augmentation."""
