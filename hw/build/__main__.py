"""``python -m hw.build``: what make calls."""

import sys

from hw.build import main

sys.exit(main())
