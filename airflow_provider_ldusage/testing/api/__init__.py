"""The API that the simulator plays: documented rules, refusals, and the bodies of answers. It knows nothing of HTTP."""
