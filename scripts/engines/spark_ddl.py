"""``python spark_ddl.py FILE``: runs the statements of a file in Spark, and prints the rows of each view as JSON.

It runs in Spark's own environment, and imports nothing else.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

from pyspark.sql import SparkSession


def plain(value):
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    return value.isoformat() if isinstance(value, date) else value


session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
session = session.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
session = session.config("spark.sql.session.timeZone", "UTC").getOrCreate()
session.sparkContext.setLogLevel("OFF")
statements = json.loads(Path(sys.argv[1]).read_text())
for each in statements:
    session.sql(each["sql"])
rows = {each["name"]: session.table(f"`{each['name']}`").collect() for each in statements}
print(json.dumps({name: [repr([plain(value) for value in row]) for row in found] for name, found in rows.items()}))
