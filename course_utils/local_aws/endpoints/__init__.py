"""Models and endpoints: ``models`` and ``artefacts`` (what is served), ``operations`` (what clients call),
``run`` (one endpoint and its updates), ``fleet`` (its instances), ``serving`` (one container that answers).
"""
