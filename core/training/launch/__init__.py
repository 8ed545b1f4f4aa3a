"""Starting workers, and the queue for devices: locks, slots, Ray."""
