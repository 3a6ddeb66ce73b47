"""Fixtures for tests of whole programs. What they return is in tests/harness."""

import pytest

from harness import crawl as crawl_module
from harness import oracle as oracle_module
from harness.capability import require
from harness.plain import PlainWorld
from harness.program import Programs
from harness.routes import Routes
from harness.world import Origin, Site


def pytest_collection_modifyitems(items):
    """What a test says of itself goes into the results: harness/table.py prints it."""
    for item in items:
        goal = getattr(item.function, "__doc__", None)
        if goal:
            item.user_properties.append(("goal", " ".join(goal.split())))


@pytest.fixture
def programs(tmp_path):
    """Starts programs, each in its own directory; whatever still runs at the end of the test is stopped."""
    started = Programs(tmp_path)
    yield started
    started.stop_all()


@pytest.fixture
def origin(programs):
    """origin(pages=100, ...) starts a made-up web (harness.world.Origin)."""
    return lambda **world: Origin(programs, **world)


@pytest.fixture
def plain_world(tmp_path):
    """plain_world(count, links=5, latency=0.0) starts a small web for foreign peers (harness.plain.PlainWorld)."""
    started = []

    def start(*arguments, **options):
        started.append(PlainWorld(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for world in started:
        world.stop()


@pytest.fixture
def routes():
    """A server of exactly the answers that the test adds (harness.routes.Routes)."""
    server = Routes()
    yield server
    server.stop()


@pytest.fixture
def more_routes():
    """more_routes(certificate=...) starts another such server."""
    started = []

    def start(**options):
        started.append(Routes(**options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def start_crawl(programs):
    """start_crawl(arguments...) starts trawl and returns at once (harness.crawl)."""
    return lambda *arguments, **options: crawl_module.start(programs, *arguments, **options)


@pytest.fixture
def crawl(start_crawl):
    """crawl(arguments..., timeout=60) runs trawl to its end and returns what it left (harness.crawl.Crawl)."""
    return lambda *arguments, timeout=60.0, **options: start_crawl(*arguments, **options).wait(timeout)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A real site on loopback (harness.world.Site); tests that use it are skipped where it cannot be had."""
    require("docs")
    served = Site.start(tmp_path_factory.mktemp("site"))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def oracle():
    """oracle(pages, output) says which links those pages hold (harness.oracle.links)."""
    require("oracle")
    script = oracle_module.install()
    return lambda pages, output, **options: oracle_module.links(script, pages, output, **options)
