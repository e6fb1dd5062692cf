"""CloudWatch Logs: ``service`` (what clients call), ``store`` (events on disk), ``stream`` (a container's
lines).
"""
