"""Fixtures that all tests share live beside the servers they start."""

import os
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings
from tests.servers import soak

# A module before those that import it: pytest rewrites the assertions of what it loads itself.
pytest_plugins = [
    "tests.servers.dovecot",
    "tests.servers.scripted",
    "tests.servers.gmail",
    "tests.servers.names",
    "tests.servers.web",
    "tests.servers.program",
    "tests.servers.proxy",
    "tests.servers.disk",
    "tests.servers.pictures",
    "tests.servers.web_proxy",
    "tests.servers.clicks",
    "tests.servers.redis",
    "tests.servers.missive_server",
    "tests.servers.postgres",
    "tests.servers.gate",
    "tests.servers.organization",
    "tests.servers.recorder",
    "tests.servers.machines",
    "tests.servers.colleagues",
    "tests.servers.served",
    "tests.servers.mates",
]

# Programs that tests start (the engine, the command line) are those of this checkout.
os.environ["PYTHONPATH"] = str(Path(__file__).parents[1] / "src")

# A shell that starts tests in the background lets them ignore Ctrl+C; the programs they start would
# inherit that, and those that are interrupted on purpose would never end.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No limit of time, which is the machine's. The same examples in each run; others in a soak.
settings.register_profile(
    "ours", deadline=None, database=None, derandomize=not soak.EXPLORES, print_blob=True,
    max_examples=soak.rounds(100), suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("ours")
