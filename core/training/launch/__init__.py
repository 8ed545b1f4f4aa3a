"""Starts workers, on this machine or a Ray cluster, and queues them for devices."""
