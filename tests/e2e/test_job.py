"""Goal: the program's job, from a list of URLs to every link on their pages, on made-up and on real pages (I1-I4, I7)."""

import pytest

from harness import checker


@pytest.mark.quick
def test_a_made_up_web_is_written_exactly(origin, crawl):
    world = origin(pages=300, hosts=20, errors=0)
    done = crawl("-i", world.urls, "--no-robots")
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())


@pytest.mark.quick
def test_pages_that_fail_are_data(origin, crawl):
    world = origin(pages=300, hosts=50, errors=20, redirects=20, others=10)
    done = crawl("-i", world.urls, "--no-robots", timeout=120)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    checker.assert_same_outcomes(done.pages, world.outcome_rows())


def test_two_workers_write_the_same_rows_as_one(origin, crawl):
    world = origin(pages=500, hosts=20)
    one = crawl("-i", world.urls, "--no-robots", "-w", "1")
    two = crawl("-i", world.urls, "--no-robots", "-w", "2")
    assert one.code == two.code == 0
    checker.check_crawl(two, one.rows)


def test_a_real_site_has_the_links_a_browser_sees(site, oracle, crawl, tmp_path):
    urls, pages = site.some(tmp_path, 1000)
    done = crawl("-i", urls, "--no-robots", timeout=120)
    assert done.code == 0, str(done)
    checker.check_crawl(done, oracle(pages, tmp_path / "oracle.tsv"))
