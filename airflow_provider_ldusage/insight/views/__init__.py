"""What the page in Airflow's UI shows: one JSON object for each of its views, made from the report's own tables.

An object is small and complete, so a view costs one read, whatever the lake holds. :mod:`.views` writes all of them.
"""
