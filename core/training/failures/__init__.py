"""Why a run failed, and the recipe that would work."""
