"""What the tests of this folder share."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import database  # noqa: E402
import helio  # noqa: E402


@pytest.fixture(scope="session")
def _made_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "data"
    helio.init(folder)
    return folder


@pytest.fixture
def folder(_made_folder, tmp_path):
    """A data folder of this test's own, with users."""
    database.copy(_made_folder, tmp_path / "data")
    return tmp_path / "data"
