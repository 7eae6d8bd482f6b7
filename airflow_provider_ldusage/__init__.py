"""LaunchDarkly Account Usage for Apache Airflow: usage series as day-partitioned Parquet in your lake."""

__version__ = "0.1.0"
