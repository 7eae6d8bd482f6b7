"""``python -m airflow_provider_ldusage`` is ``ldusage``."""

from __future__ import annotations

import sys

from airflow_provider_ldusage.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
