"""Assigns an image to each position of the endless training stream.

The order of epoch e depends on (seed, e) alone, so a resumed run continues exactly.
"""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from core.training.recipe.sampling import Factors
from core.worker.data.seeding import seed_of


class EpochOrder:
    """Position -> index of an image in the training split.

    Without factors, every epoch shows every image once, in another order. Factors, (images,), say how often an epoch
    shows each image on average. Each epoch rounds them up or down at random, as Detectron2's
    RepeatFactorTrainingSampler does, so epochs differ in length.
    """

    def __init__(self, images: int, seed: int, factors: Factors | None = None) -> None:
        self._images, self._seed = images, seed
        # All ones count as no factors: no rounding is drawn, so older runs are resumed in their order.
        self._factors = None if factors is None or (factors == 1).all() else factors
        self._starts = [0]  # positions where the epochs so far begin, and the next one
        self._epoch, self._order = -1, np.arange(0)

    def __call__(self, position: int) -> int:
        """The index, 0 to images - 1, of the image at this position (from 0)."""
        epoch, index = self._locate(position)
        if epoch != self._epoch:
            generator = self._generator(epoch)
            images = self._images_of_epoch(generator)
            self._epoch, self._order = epoch, generator.permutation(images)
        return int(self._order[index])

    def _locate(self, position: int) -> tuple[int, int]:
        """The epoch of a position, and the index in it. With factors, it draws each earlier epoch once."""
        if self._factors is None:
            return divmod(position, self._images)
        while self._starts[-1] <= position:
            length = len(self._images_of_epoch(self._generator(len(self._starts) - 1)))
            self._starts.append(self._starts[-1] + length)
        epoch = bisect_right(self._starts, position) - 1
        return epoch, position - self._starts[epoch]

    def _images_of_epoch(self, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        """(M,) indices of an epoch's images, in the split's order; repeated ones follow each other."""
        indices = np.arange(self._images)
        if self._factors is None:
            return indices
        whole = np.floor(self._factors)
        times = whole + (generator.random(self._images) < self._factors - whole)
        return np.repeat(indices, times.astype(np.int64))

    def _generator(self, epoch: int) -> np.random.Generator:
        return np.random.default_rng(seed_of(self._seed, "epoch", epoch))
