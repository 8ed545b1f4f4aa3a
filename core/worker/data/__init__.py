"""From a data set version to batches: order, augmentation, loading."""
