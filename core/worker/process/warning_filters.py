"""What users need not read of the libraries' own worries. Light: imported before torch, by core.worker only."""

import warnings


def hush_libraries() -> None:
    """Keep Detectron2's use of things that other libraries will drop out of the log that users read."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated|torch.meshgrid|TypedStorage is deprecated")
