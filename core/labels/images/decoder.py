"""A process that decodes images: python -m core.labels.images.decoder TASK (core.labels.images.decoders).

It says "ready", then reads [id, path] and writes the image's facts, both as one line of JSON, until its input ends.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from core.labels.images.image_fact import read_fact
from core.settings import Limits


def main(task: str) -> None:
    """Answers requests on standard input."""
    answers = os.fdopen(os.dup(1), "w")
    # Whatever a decoder prints must not be taken for an answer.
    os.dup2(2, 1)
    settings = json.loads(task)
    limits = replace(Limits(), image_pixels=settings["image_pixels"])
    thumbnails = Path(settings["thumbnails"]) if settings["thumbnails"] else None
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        image_id, path = json.loads(line)
        facts = asdict(read_fact(image_id, Path(path), limits, thumbnails, alone(settings["large"])))
        del facts["image_id"]
        print(json.dumps(facts), file=answers, flush=True)


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Waits until no other process holds the lock on a file, and holds it. It is free if its holder dies."""
    with Path(path).open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main(sys.argv[1])
