"""What the grant `clock` gives."""

from __future__ import annotations

import datetime
import time

from ._host import HOST


def nanoseconds() -> int:
    """Since 1970-01-01T00:00:00Z."""
    return HOST.clock.now() if HOST.clock is not None else time.time_ns()


def now() -> datetime.datetime:
    """The time now, in UTC. The function has to be granted `clock`, and says so: `grants=["clock"]`. Without the
    grant the query ends here."""
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(microseconds=nanoseconds() // 1000)
