"""Goal: the protocol is what PROTOCOL.md says: peers that no C of ours is in hold it with our programs."""

from harness import checker, peer
from harness.program import free_port


def test_a_python_worker_crawls_for_trawl(plain_world, programs, start_crawl):
    world, endpoint = plain_world(300), f"tcp://127.0.0.1:{free_port()}"
    done = start_crawl("-i", world.urls, "--no-robots", "--listen", endpoint)
    python = peer.start(programs, "worker", "--connect", endpoint, "--name", "python")
    done.wait()
    checker.check_everything(done, world)
    assert done.summary["workers"] == [{"name": "python", "pages": 300, "deaths": 0}]
    assert python.wait(5) == 0, str(python)


def test_a_python_worker_beside_ours(plain_world, programs, start_crawl):
    world, endpoint = plain_world(600, latency=0.02), f"tcp://127.0.0.1:{free_port()}"
    peer.start(programs, "worker", "--connect", endpoint, "--name", "python")
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "-c", "8", "--per-host", "32", "--listen", endpoint)
    done.wait()
    checker.check_everything(done, world)
    assert all(worker["pages"] for worker in done.summary["workers"])


def test_our_worker_crawls_for_a_python_coordinator(origin, programs):
    world = origin(pages=300)
    coordinator = peer.start(programs, "coordinator", "--listen", "tcp://127.0.0.1:*", world.urls)
    endpoint = coordinator.wait_for(r"listening on (\S+)").group(1)
    workers = [programs.start("trawl-worker", "--connect", endpoint, "--name", f"w{n}", "-c", "8") for n in range(2)]
    assert coordinator.wait(30) == 0, str(coordinator)
    rows = checker.parse_rows(coordinator.stdout_path.read_bytes(), header=False)
    checker.check_no_row_twice(rows)
    checker.assert_same_rows(rows, world.truth_rows())
    assert [worker.wait(5) for worker in workers] == [0, 0]
