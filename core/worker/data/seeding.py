"""Randomness that depends on a position only, so that a resumed run needs no saved random state. core.worker only.

Whatever is random (the order of images, an augmentation, the proposals that a step samples) is drawn from generators
seeded by (run seed, what for, position). Iteration 1,000 is therefore the same whether the run came there in one go or
was stopped and resumed in between, with any number of loader processes.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_of(seed: int, purpose: str, *position: int) -> int:
    """A number of 64 bits that depends on all arguments."""
    text = ":".join([str(seed), purpose, *map(str, position)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def seed_everything(value: int) -> None:
    """Seed Python's, numpy's and torch's global generators, which Detectron2 draws from."""
    random.seed(value)
    np.random.seed(value % 2**32)
    torch.manual_seed(value)


@contextmanager
def seeded(value: int) -> Iterator[None]:
    """Seeded global generators inside, as they were before outside."""
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
