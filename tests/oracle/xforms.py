"""XForms that pyxform makes of workbooks, in a process of its own, and what that costs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from msgspec import Struct

from tests.oracle.installed import pyxform_python

_CONVERT = """
import json, sys, time
from pyxform.xls2xform import convert
began = time.process_time()
try:
    made = convert(sys.argv[1])
    said = {"text": made.xform, "itemsets": made.itemsets or "", "seconds": time.process_time() - began}
except Exception as error:
    said = {"refused": str(error) or type(error).__name__}
json.dump(said, sys.stdout)
"""


class XForm(Struct, frozen=True):
    """`text`: blank where pyxform refuses the workbook. `seconds`: of processor time."""

    text: str = ""
    itemsets: str = ""
    seconds: float = 0
    refused: str = ""


def xform_of(file: Path) -> XForm:
    command = [str(pyxform_python()), "-c", _CONVERT, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return XForm(**json.loads(done.stdout))
