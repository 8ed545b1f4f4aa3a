"""CVAT XML, for images and for videos."""
