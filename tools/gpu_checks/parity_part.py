"""The checks of `--part parity`: one checkpoint has the same AP on GPU and CPU, and how fast it is used."""

from typing import Any, Final

from gpu_checks.ground import Ground
from gpu_checks.report import Check, CheckError

_SAME: Final = 1e-3
# Detections in float16 have three digits.
_ALMOST_SAME: Final = 1e-2
_NO_GPU: Final = {"CUDA_VISIBLE_DEVICES": ""}


def parity_checks(ground: Ground) -> list[Check]:
    """The checks in the order of their worth."""
    part = _Parity(ground)
    return [
        Check(name="AP as in training", measure=part.check_training, least_s=40),
        Check(name="AP on GPU and CPU", measure=part.check_devices, least_s=25, needs_gpu=True),
        Check(name="inference", measure=part.measure_inference, least_s=20),
        Check(name="AP on GPU and CPU in mixed precision", measure=part.check_mixed, least_s=50, needs_gpu=True),
    ]


class _Parity:
    """The checks, and the run whose checkpoint they use."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._run = ground, ""

    def _trained(self) -> str:
        if not self._run:
            self._run = self._train(is_mixed=False)
        return self._run

    def _train(self, is_mixed: bool) -> str:
        name = "mixed" if is_mixed else "single"
        return self._ground.train(self._ground.request(name, self._ground.sizes.parity, mixed_precision=is_mixed)).run

    def check_training(self, figures: dict[str, Any]) -> None:
        """An evaluation on validation gives the AP that training wrote."""
        run = self._trained()
        trained = self._ground.command("run", run)["best"]
        evaluated = self._ground.command("evaluate", run, "--split", "val")
        figures.update(trained=[trained["ap"], trained["ap50"]], evaluated=[evaluated["ap"], evaluated["ap50"]])
        _check_same(figures, "trained", "evaluated", _SAME)

    def check_devices(self, figures: dict[str, Any]) -> None:
        """All images, evaluated on the GPU and on the CPU."""
        self._compare(self._trained(), figures, _SAME)

    def check_mixed(self, figures: dict[str, Any]) -> None:
        """The same of a run in mixed precision, which is evaluated in mixed precision on a GPU only."""
        self._compare(self._train(is_mixed=True), figures, _ALMOST_SAME)

    def _compare(self, run: str, figures: dict[str, Any], within: float) -> None:
        for place, environment in (("gpu", {}), ("cpu", _NO_GPU)):
            result = self._ground.command("evaluate", run, "--split", "all", environment=environment)
            figures[place] = [result["ap"], result["ap50"]]
            figures["images"] = result["images"]
        _check_same(figures, "gpu", "cpu", within)

    def measure_inference(self, figures: dict[str, Any]) -> None:
        """Images a second, through the code that evaluates."""
        folder, images = self._ground.folder_of(self._trained()).root, self._ground.sizes.speed_images
        figures.update(self._ground.child("inference_speed", str(folder), str(images)))


def _check_same(figures: dict[str, Any], left: str, right: str, within: float) -> None:
    pairs = list(zip(figures[left], figures[right], strict=True))
    if any(value is None for pair in pairs for value in pair):
        raise CheckError(f"There is no AP: {left} {figures[left]}, {right} {figures[right]}.")
    figures["apart"] = max(abs(a - b) for a, b in pairs)
    if figures["apart"] > within:
        raise CheckError(f"AP and AP50 are {figures[left]} ({left}) and {figures[right]} ({right}).")
