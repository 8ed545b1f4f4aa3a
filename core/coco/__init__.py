"""Reads untrusted COCO JSON: one reader, lenient for imports and strict for evaluations."""
