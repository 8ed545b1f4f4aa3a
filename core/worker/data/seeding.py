"""Randomness that depends on a position only, so that a resumed run needs no saved random state.

Everything random (the order of images, an augmentation, the proposals that a step samples) comes from generators seeded
by (run seed, purpose, position). So iteration 1,000 is the same after a stop and a resume, and with any number of
loader processes.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_of(seed: int, purpose: str, *position: int) -> int:
    """A seed of 64 bits that depends on all arguments."""
    text = ":".join([str(seed), purpose, *map(str, position)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def seed_everything(value: int) -> None:
    """Seeds Python's, numpy's and torch's global generators, which Detectron2 uses."""
    random.seed(value)
    np.random.seed(value % 2**32)
    torch.manual_seed(value)


@contextmanager
def seeded(value: int) -> Iterator[None]:
    """Seeds the global generators inside the context, and restores their state after it."""
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        seed_everything(value)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if gpu:
            torch.cuda.set_rng_state_all(gpu)
