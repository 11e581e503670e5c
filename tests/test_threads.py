"""A server's threads begin together: what they ask first, they may ask at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
STARTS = 6
FIRST_THING = """
import sys, threading
from schemas.form import decode_form
from server.pulling import decode_cursor
form = open("tests/vectors/forms/living_conditions.json", "rb").read()
sys.setswitchinterval(1e-6)
begin = threading.Barrier(8)
def ask():
    begin.wait()
    decode_form(form)
    decode_cursor("x")
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_threads_that_read_the_first_form_together_do_not_crash_the_process() -> None:
    codes = [
        subprocess.run([sys.executable, "-c", FIRST_THING], cwd=ROOT, check=False).returncode
        for _ in range(STARTS)
    ]
    assert codes == [0] * STARTS
