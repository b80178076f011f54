#!/usr/bin/python3
"""Tests of the extension in a real LibreOffice, beside `glmm-poisson call`.

  calc_test.py COMMAND EXTENSION EPILEPSY.csv EXAMPLE.ods RESULT.ods [TEST...]

RESULT.ods is where the example is written again. Run by scripts/test-calc as a user without rights.
Numbers are compared bit by bit: both sides are the same fit, and Calc hands on doubles as they are.
"""

import sys
import unittest

import session
from test_cells import Cells, Component
from test_files import Examples
from test_requests import Companions, Requests
from test_size import Size
from test_wizard import Wizard

# Named for unittest, which finds the tests of this file.
TESTS = [Cells, Component, Examples, Companions, Requests, Size, Wizard]

if __name__ == "__main__":
    session.start()
    try:
        program = unittest.main(argv=sys.argv[:1] + sys.argv[6:], verbosity=2, exit=False)
    finally:
        session.end()
    sys.exit(not program.result.wasSuccessful())
