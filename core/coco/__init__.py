"""COCO JSON from people, read with limits: numbers, columns, masks."""
