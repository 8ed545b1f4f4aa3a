import pytest

from core.errors import AppError, RecipeError
from core.training.failures.diagnosis import Traces, diagnose, diagnose_lost, diagnose_text, exception_text
from core.training.failures.table import FAILURES, Failure, find_failure

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
    (
        "RuntimeError: [/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:538] Read error [127.0.0.1]:55206: "
        "Connection reset by peer",
        "process lost",
    ),
    ("DistNetworkError: The client socket has timed out after 60000ms while trying to connect", "process lost"),
    ("DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1275, remote process exited", "process lost"),
    ("ConnectionResetError: [Errno 104] Connection reset by peer", "weights host"),
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
    found = diagnose(RecipeError("The training split has no image.", "Import with another split."))
    assert (found.cause, found.remedy) == ("The training split has no image.", "Import with another split.")


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
    found, text = diagnose_lost(Traces(log_tail=log, last_sign=100.0, booted=booted))
    assert found.key == key
    assert text == ("OSError: [Errno 28] No space left" if key == "disk full" else exception)


_FATAL = "Fatal Python error: Segmentation fault\n\nThread 0x01 (most recent call first):\n  File x\n"


@pytest.mark.parametrize(
    ("traces", "key"),
    [
        pytest.param(
            Traces(log_tail="iteration 7\n", last_sign=100.0, booted=0.0, is_killed_for_memory=True),
            "killed for memory",
            id="kernel",
        ),
        pytest.param(
            Traces(log_tail="iteration 7\n", last_sign=100.0, booted=0.0, free_bytes=4096),
            "disk full",
            id="no space for the last status",
        ),
        pytest.param(
            Traces(log_tail="iteration 7\n", last_sign=100.0, booted=0.0, free_bytes=2**30), "killed", id="enough space"
        ),
        pytest.param(Traces(log_tail=_FATAL, last_sign=100.0, booted=0.0), "crashed", id="crash"),
        pytest.param(
            Traces(log_tail=_FATAL.replace("Segmentation fault", "Bus error"), last_sign=100.0, booted=0.0),
            "shared memory",
            id="bus",
        ),
        pytest.param(
            Traces(log_tail=f"{_FATAL}2026-01-01 10:00:00 INFO x\n", last_sign=100.0, booted=0.0),
            "killed",
            id="an old crash",
        ),
    ],
)
def test_other_evidence_counts_where_there_are_no_last_words(traces: Traces, key: str) -> None:
    assert diagnose_lost(traces)[0].key == key


def test_the_exception_of_a_data_loader_is_the_one_it_caught() -> None:
    text = (
        "Caught ImageError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
        '  File "x.py", line 3\ncore.worker.data.mapper.ImageError: 7.png: OSError: image file is truncated\n'
    )
    assert exception_text(RuntimeError(text)) == "ImageError: 7.png: OSError: image file is truncated"
    found = diagnose(RuntimeError(text))
    assert found.key == "image"
    assert found.cause.startswith("Image 7.png of the data set")


def test_what_caused_a_mistake_tells_its_kind_and_the_mistake_tells_the_words() -> None:
    error = AppError("The weights cannot be downloaded.", "Choose others.")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    found = diagnose(error)
    assert (found.key, found.cause) == ("weights host", "The weights cannot be downloaded.")


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row.key)
def test_only_what_names_a_change_is_tried_again_without_anybody(row: Failure) -> None:
    assert (row.retry is None) == (row.retries == 0)
    assert row.retries <= 2
    assert find_failure(row.key).key == row.key
