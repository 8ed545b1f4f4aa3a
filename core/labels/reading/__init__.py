"""From what label files say to images, classes and boxes: one set of rules for all formats (docs/reading.md)."""
