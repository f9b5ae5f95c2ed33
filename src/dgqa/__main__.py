"""`python -m dgqa`: the command line."""

import sys

from dgqa.cli import main

sys.exit(main())
