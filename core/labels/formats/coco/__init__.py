"""COCO JSON: objects, and the other kinds of its family."""
