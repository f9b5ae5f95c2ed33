"""`python -m dgqa`: the command line."""

import sys

from dgqa.cli.main import main

sys.exit(main())
