"""The account that the simulator models: what it holds, and how much usage it has. It knows nothing of the API."""
