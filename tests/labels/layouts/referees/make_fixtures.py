"""Makes tests/labels/layouts/written/*.json: `python tests/labels/layouts/referees/make_fixtures.py`.

The other programs need other versions of pandas and pillow than this project. They are installed into a virtual
environment that is deleted afterwards; the tests need only the JSON. All are free to use: datumaro, labelformat and
supervision are under the MIT licence, pycocotools under BSD-2. A second run differs only in the dates that supervision
writes into COCO files.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

REQUIREMENTS = ("datumaro==1.13.12", "labelformat==0.1.17", "supervision==0.31.2", "pycocotools==2.0.11")
ROOT = Path(__file__).resolve().parents[4]


def main() -> None:
    """Installs the programs and runs write_fixtures.py with them."""
    target = ROOT / "tests" / "labels" / "layouts" / "written"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        module = "tests.labels.layouts.referees.write_fixtures"
        # The order of sets is in some of the files; with a fixed seed, they are the same each time.
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        subprocess.run([python, "-m", module, str(target)], check=True, cwd=ROOT, env=environment)


if __name__ == "__main__":
    main()
