"""Text files of rows, one file per image: the reference form, YOLO, KITTI."""
