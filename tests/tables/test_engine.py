"""The engine leaves nothing of its own in the way of the user."""

import signal
import subprocess
import sys
import time

_LONG = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where whoever runs the tests ignores it
from arbitre.tables.engine import query
print("begins", flush=True)
try:
    query({}, "SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(1000000) b")
except KeyboardInterrupt:
    print("left off")
"""


def test_ctrl_c_in_a_question_is_ctrl_c() -> None:
    with subprocess.Popen([sys.executable, "-c", _LONG], stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdout is not None
        assert asked.stdout.readline() == "begins\n"
        time.sleep(1.0)
        asked.send_signal(signal.SIGINT)
        assert asked.communicate(timeout=60)[0] == "left off\n"
