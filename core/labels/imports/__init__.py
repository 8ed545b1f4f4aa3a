"""Turns a label set into a data set version: options, classes, splits."""
