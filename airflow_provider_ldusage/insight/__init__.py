"""What usage means for a bill: forecasts of a billing period's figure. See ``docs/forecasts.md``.

Figures come in as plain numbers by day, so nothing here knows of Airflow or of the lake. :mod:`.forecaster` has what
all forecasts have in common. :mod:`.additive` and :mod:`.uniques` each look ahead in a way of their own, and
:mod:`.projected` chooses between that and LaunchDarkly's own projection.
"""
