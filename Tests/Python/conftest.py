import pytest

import stubs
from services import Services


@pytest.fixture(scope="session", autouse=True)
def schema(tmp_path_factory):
    """Makes the stubs once, before the first test."""
    stubs.make(tmp_path_factory.mktemp("stubs"))


@pytest.fixture(scope="module")
def services(schema, tmp_path_factory):
    """The four processes, which the tests of one file share."""
    running = Services(tmp_path_factory.mktemp("services"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
