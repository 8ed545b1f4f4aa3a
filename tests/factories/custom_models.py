"""Custom models: the two files of a tiny one, made by the code of the worker, or one that is already stored."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from core.files import write_json
from core.settings import Settings
from core.training.recipe.model_catalogue import BOXES, Model
from core.workspace.layout import Layout
from core.workspace.registry import Registry, new_id

ROOT = Path(__file__).resolve().parents[2]
_MAKE = """
import sys, torch
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from tests.factories.workers.tiny_run import tiny_recipe
cfg = make_config(tiny_recipe(), ["crane", "red"])
torch.save({"model": build(cfg).state_dict()}, sys.argv[1] + "/model_final.pth")
open(sys.argv[1] + "/config.yaml", "w").write(cfg.dump())
"""


def bring_files(folder: Path) -> tuple[Path, Path]:
    """config.yaml and weights of a tiny model for the classes crane and red; without torch in this process."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", _MAKE, str(folder)], cwd=ROOT, check=True, timeout=300)
    return folder / "config.yaml", folder / "model_final.pth"


def stored_custom_model(settings: Settings, name: str, classes: tuple[str, ...]) -> str:
    """Stores a custom model as the services do, with weights that cannot be loaded, and returns its id."""
    key = new_id("m")
    folder = Layout(settings.workspace).folder("model", key)
    folder.mkdir(parents=True)
    (folder / "given.yaml").write_text("VERSION: 2\n")
    (folder / "weights.pth").write_bytes(b"no weights in here")
    write_json(folder / "given.json", {"title": name, "classes": classes, "weights": "weights.pth", "sha256": "0" * 64})
    model = Model(
        key=key,
        title=name,
        task=BOXES,
        parameters=5.1,
        coco_ap=None,
        memory="small",
        config="",
        weights="",
        input_sizes=(256,),
        input_max=512,
        test_size=256,
        yaml="VERSION: 2\n",
        classes=classes,
    )
    write_json(folder / "facts.json", {"model": asdict(model), "groups": []})
    Registry(settings).add("model", key, name)
    return key
