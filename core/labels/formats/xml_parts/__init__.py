"""Parts of the readers of XML label files: opening them, and single elements of Pascal VOC and CVAT."""
