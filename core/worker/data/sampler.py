"""Which image stands at a position of the endless training stream.

The order of epoch e depends on (seed, e) and on nothing that was drawn before, so that a resumed run goes on exactly.
"""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from core.training.recipe.sampling import Factors
from core.worker.data.seeding import seed_of


class EpochOrder:
    """Position -> place of an image in the training split.

    Without factors every epoch shows every image once, in an order of its own. With factors (how often an epoch shows
    each image on average) each is rounded up or down at random, anew in each epoch, as Detectron2's
    RepeatFactorTrainingSampler does; epochs then differ in length.
    """

    def __init__(self, images: int, seed: int, factors: Factors | None = None) -> None:
        self._images, self._seed = images, seed
        # All ones take the plain way: it draws no rounding, so that older runs are resumed in their own order.
        self._factors = None if factors is None or (factors == 1).all() else factors
        self._starts = [0]  # of the epochs that were asked for so far, and of the one after them
        self._epoch, self._order = -1, np.arange(0)

    def __call__(self, position: int) -> int:
        """The place, 0 to images - 1, of the image shown at this position (from 0)."""
        epoch, place = self._locate(position)
        if epoch != self._epoch:
            generator = self._generator(epoch)
            shown = self._shown(generator)
            self._epoch, self._order = epoch, generator.permutation(shown)
        return int(self._order[place])

    def _locate(self, position: int) -> tuple[int, int]:
        """Epoch, and place in it. With factors all epochs before count once: some microseconds each."""
        if self._factors is None:
            return divmod(position, self._images)
        while self._starts[-1] <= position:
            length = len(self._shown(self._generator(len(self._starts) - 1)))
            self._starts.append(self._starts[-1] + length)
        epoch = bisect_right(self._starts, position) - 1
        return epoch, position - self._starts[epoch]

    def _shown(self, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        """The images of one epoch, in the split's order."""
        everyone = np.arange(self._images)
        if self._factors is None:
            return everyone
        whole = np.floor(self._factors)
        times = whole + (generator.random(self._images) < self._factors - whole)
        return np.repeat(everyone, times.astype(np.int64))

    def _generator(self, epoch: int) -> np.random.Generator:
        return np.random.default_rng(seed_of(self._seed, "epoch", epoch))
