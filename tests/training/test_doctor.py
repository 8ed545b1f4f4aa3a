import pytest

from core.errors import RecipeError
from core.training.doctor import Traces, diagnose, diagnose_lost, diagnose_text

# Texts as torch, Detectron2, yacs, Pillow and the kernel write them.
_TEXTS = [
    ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of", "gpu memory"),
    (
        "RuntimeError: [enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory",
        "memory",
    ),
    ("RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed. ", "memory"),
    ("MemoryError", "memory"),
    ("FloatingPointError: Loss became infinite or NaN at iteration=151!", "not finite"),
    ("OSError: [Errno 28] No space left on device: '/data/last.pth'", "disk full"),
    ("KeyError: 'Non-existent config key: SOLVER.BASE_LRR'", "wrong key"),
    ("ValueError: Type mismatch (<class 'float'> vs. <class 'str'>) with values (0.1 vs. x)", "wrong key"),
    ("KeyError: \"No object named 'NoSuchHeads' found in 'ROI_HEADS' registry!\"", "wrong part"),
    ("URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "weights host"),
    ("UnpicklingError: it asks for os.system, which is no array", "weights file"),
    ("FileNotFoundError: [Errno 2] No such file or directory: '/models/mine.pth'", "weights file"),
    ("UnidentifiedImageError: cannot identify image file '/data/images/7.png'", "image"),
    ("OSError: image file is truncated (12 bytes not processed)", "image"),
    ("FileNotFoundError: [Errno 2] No such file or directory: '/data/images/7.png'", "missing file"),
    ("PermissionError: [Errno 13] Permission denied: '/data/status.json'", "permission"),
    ("RuntimeError: CUDA error: no kernel image is available for execution on the device", "gpu driver"),
    ("ModuleNotFoundError: No module named 'detectron2'", "installation"),
    ("ZeroDivisionError: division by zero", "unknown"),
]


@pytest.mark.parametrize(("text", "key"), _TEXTS, ids=[f"{key}: {text[:24]}" for text, key in _TEXTS])
def test_a_known_failure_gets_its_plain_cause_and_a_remedy(text: str, key: str) -> None:
    found = diagnose_text(text)
    assert found.key == key
    assert found.cause.endswith(".")
    assert found.remedy.endswith(".")


def test_an_exception_is_diagnosed_by_its_name_and_text() -> None:
    assert diagnose(MemoryError()).key == "memory"
    assert diagnose(OSError(28, "No space left on device")).key == "disk full"


def test_a_mistake_of_the_user_speaks_for_itself() -> None:
    found = diagnose(RecipeError("The training split has no picture.", "Import with another split."))
    assert (found.cause, found.remedy) == ("The training split has no picture.", "Import with another split.")


@pytest.mark.parametrize(
    ("log", "booted", "key", "exception"),
    [
        pytest.param("iteration 7 of 9\n", 0.0, "killed", "", id="silent"),
        pytest.param("", 0.0, "killed", "", id="no log at all"),
        pytest.param("iteration 7 of 9\n", 200.0, "restart", "", id="machine restarted since"),
        pytest.param("Traceback\n  x\nOSError: [Errno 28] No space left\n", 0.0, "disk full", "", id="last words"),
        pytest.param("ValueError: x\n" + "iteration\n" * 9, 0.0, "killed", "", id="an old exception does not count"),
    ],
)
def test_a_lost_run_is_explained_by_what_its_worker_left_behind(
    log: str, booted: float, key: str, exception: str
) -> None:
    found, text = diagnose_lost(Traces(log, last_sign=100.0, booted=booted))
    assert found.key == key
    assert text == ("OSError: [Errno 28] No space left" if key == "disk full" else exception)
