"""What usage means for a bill: billed meters, who drives them, and forecasts. See ``docs/report.md``.

:mod:`.report` goes from the tables of a lake to those of the report. Forecasts get plain numbers by day:
:mod:`.forecaster` has what all have in common, :mod:`.additive` and :mod:`.uniques` each look ahead in a way of their
own, and :mod:`.projected` chooses between that and LaunchDarkly's own projection.
"""
