"""The model scripts are no package: their folder is put on the path for these tests."""

import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).resolve().parents[3] / "models"
if str(MODELS) not in sys.path:
    sys.path.insert(0, str(MODELS))


@pytest.fixture
def models() -> Path:
    return MODELS
