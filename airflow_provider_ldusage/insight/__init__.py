"""What usage means for a bill: forecasts of a billing period's figure. See ``docs/forecasts.md``.

Figures come in as plain numbers by day, so nothing here knows of Airflow or of the lake. :mod:`.forecaster` has what all
forecasts have in common; :mod:`.additive` and :mod:`.uniques` each have a way to look ahead, and :mod:`.projection`
chooses between ours and LaunchDarkly's own.
"""
