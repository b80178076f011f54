"""Where the tests find the repository: its command, its data, and the requests of all faces."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(os.environ["GLMM_POISSON_ROOT"])


@pytest.fixture(scope="session")
def command() -> str:
    return str(ROOT / ".build/release/glmm-poisson")


@pytest.fixture(scope="session")
def reference() -> pathlib.Path:
    return ROOT / "Tests/PoissonGLMMTests/Reference"


@pytest.fixture(scope="session")
def requests_file() -> pathlib.Path:
    return ROOT / "Tests/Faces/requests.jsonl"
