"""Batch transform jobs: ``operations`` (what clients call), ``run`` (one job), ``worker`` (one of its
instances), ``batches`` (files cut into requests) and ``data_processing`` (filters and joins).
"""
