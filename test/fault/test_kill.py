"""SIGKILL at random under mixed writes: nothing acknowledged is lost,
nothing is applied twice, the folder stays sound."""
import random
import time

import helio
from workload import Workload


def kill_rounds(folder, rounds, seed):
    """Returns how many changes were acknowledged."""
    rng = random.Random(seed)
    work = Workload(folder, seed)
    server = helio.Server(folder)
    try:
        work.prepare(server)
        for _ in range(rounds):
            def kill():
                time.sleep(rng.uniform(0.02, 0.5))
                server.kill()
            work.run(server, kill)
            server = helio.Server(folder)
            work.check(server)
            work.doctor()
    finally:
        server.stop(check=False)
    return work.acknowledged()


def test_fifty_kills(folder):
    changes = kill_rounds(folder, 50, seed=1)
    print("50 kills, %d acknowledged changes, none lost" % changes)
    assert changes > 500
