"""What the tests of the web door share: the door of a sound chain, of a broken one, and a cache of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.browser import BASE, Browser, copied, door


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARBITRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def sound() -> Browser:
    return door(BASE)


@pytest.fixture
def broken(tmp_path: Path) -> Browser:
    return door(copied(tmp_path, "tables/items.csv", "1800.5", "-3"))
