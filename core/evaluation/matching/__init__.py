"""The one matching of detections with objects, and what is read off it."""
