"""What usage means: the bill, who drives it, what comes, and whether the data is right. See ``docs/report.md``.

:mod:`.report` goes from the tables of a lake to those of the report. Each room below has the tables of one question;
:mod:`.report_table` is how all of them are written.
"""
