"""How the dashboard is served: under which names, to whom, and what visitors may do."""
