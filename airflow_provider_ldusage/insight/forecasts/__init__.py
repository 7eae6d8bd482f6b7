"""How a billing period is expected to end. See ``docs/forecasts.md``.

Forecasts are made from plain numbers by day. :mod:`.forecaster` has what all share. :mod:`.additive` and
:mod:`.uniques` are the two methods, and :mod:`.projected` chooses between ours and LaunchDarkly's own projection.
"""
