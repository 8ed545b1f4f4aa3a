"""VoTT JSON."""
