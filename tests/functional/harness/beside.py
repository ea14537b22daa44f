"""Lets tests import the package bench/soak; behind everything else, for bench/harness is another package than this."""

import sys

from .contract import ROOT

sys.path.append(str(ROOT / "bench"))
