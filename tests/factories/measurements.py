"""The measurements of a preflight check: plain numbers, for tests that only read them."""

from core.training.run.measurements import Measurements, Trial


def measurements(**changes: object) -> Measurements:
    """Batch of 2: 1 s per iteration, 0.5 s per validated image, 0.25 s per checkpoint."""
    values: dict[str, object] = {
        "batch": 2,
        "on_gpu": False,
        "device": "CPU, 2 cores",
        "peak_mib": 900.0,
        "memory_mib": 8000.0,
        "step_s": 1.0,
        "worst_step_s": 2.0,
        "picture_s": 0.5,
        "start_s": 6.0,
        "checkpoint_mib": 30.0,
        "checkpoint_s": 0.25,
        "disk_free_mib": 5000.0,
        "trials": (Trial(batch=2, fits=True, peak_mib=900.0, step_s=2.0),),
        "batch_source": "",
        **changes,
    }
    return Measurements(**values)  # type: ignore[arg-type]
