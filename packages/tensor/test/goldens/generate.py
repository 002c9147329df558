"""Writes the golden values of packages/tensor/test/goldens-*.test.ts: every group, or those named.

Run from anywhere, with PyTorch: python packages/tensor/test/goldens/generate.py [group ...]
Each group is a script <group>.py that writes <group>.json.
"""

import pathlib
import subprocess
import sys

folder = pathlib.Path(__file__).parent
helpers = {"generate", "golden"}
groups = sys.argv[1:] or sorted(p.stem for p in folder.glob("*.py") if p.stem not in helpers)
for group in groups:
    subprocess.run([sys.executable, folder / f"{group}.py"], check=True)
