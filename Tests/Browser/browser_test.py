#!/usr/bin/env python3
"""Tests of the calculator's page in Chromium, with a server of their own.

  browser_test.py SERVER COMMAND [TEST...]

SERVER is glmm-poisson-server, COMMAND glmm-poisson. With $BROWSER_PICTURES, a folder, each state
that was looked at is left there as a picture. Run by scripts/test-browser.
"""

import sys
import unittest

import session
from test_page import Answers, Cells, Examples, Faults, Keyboard, Looks, Offline, Takeaways

# Named for unittest, which finds the tests of this file.
TESTS = [Answers, Cells, Examples, Faults, Keyboard, Looks, Offline, Takeaways]

if __name__ == "__main__":
    try:
        session.start(sys.argv[1])
        program = unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2, exit=False)
    finally:
        session.end()
    sys.exit(not program.result.wasSuccessful())
