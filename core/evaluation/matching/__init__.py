"""The matching of detections with objects, and everything derived from it."""
