"""Detections and ground truth from files of any detector."""
