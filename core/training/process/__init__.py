"""What every process behind a folder does: take the lock, write the status, hear a stop. Workers and drivers use it."""
