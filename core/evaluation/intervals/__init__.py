"""Bootstrap intervals of AP and of differences."""
