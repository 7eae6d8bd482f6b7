"""How a billing period is expected to end. See ``docs/forecasts.md``.

Forecasts get plain numbers by day: :mod:`.forecaster` has what all have in common, :mod:`.additive` and :mod:`.uniques`
each look ahead in a way of their own, and :mod:`.projected` chooses between that and LaunchDarkly's own projection.
"""
