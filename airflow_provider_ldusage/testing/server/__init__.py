"""The server in front of the API: HTTP, access token, rate limits, scripted faults, remote control and the clock."""
