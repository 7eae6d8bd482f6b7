"""One load, from the plan to the report. Plain Python: the operators add Airflow."""
