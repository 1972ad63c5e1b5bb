"""What the program that serves requests must not load: each of these libraries takes 10 to 40 MB of every process."""

from __future__ import annotations

import subprocess
import sys


def test_the_api_loads_no_library_that_only_the_worker_uses() -> None:
    code = (
        "import sys, siaga_cloud.app;"
        " print(*({'av', 'onnxruntime', 'rasterio', 'scipy'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
