import pytest

import stubs


@pytest.fixture(scope="session", autouse=True)
def schema(tmp_path_factory):
    """Makes the stubs once, before the first test."""
    stubs.make(tmp_path_factory.mktemp("stubs"))
