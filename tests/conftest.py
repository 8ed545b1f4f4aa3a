"""What all tests have in common. `make test` runs two at a time, so each takes one core, and so do its workers."""

import os

from hypothesis import HealthCheck, settings

from core.training.launch.devices import CORES_VARIABLE

# Before anything imports numpy or torch, and inherited by every process that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault(CORES_VARIABLE, "1")

# How fast inputs are made says how busy the machine is, and nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
