"""`python -m glbackend`: see `cli/`."""

import sys

from glbackend.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
