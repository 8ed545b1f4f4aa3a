"""From a label set to a data set version: options, classes, splits."""
