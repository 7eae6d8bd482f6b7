"""The page in Airflow's UI, Airflow 3.1 and newer. See ``docs/page.md``.

:mod:`.plugin` is all that Airflow's processes import. The API server alone goes on to :mod:`.app`, which serves the
page and reads the objects that a report has written below ``_ldusage/report/``.
"""
