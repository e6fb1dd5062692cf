"""Amazon S3 in a folder: object bodies are files, their names and headers stand in one SQLite file.

``store`` keeps buckets, objects and uploads, and knows nothing of HTTP; the platform itself uses it directly.
``service`` answers S3's requests (``buckets``, ``objects``, ``uploads`` hold the operations, ``wire`` reads
requests and writes replies, ``body`` reads and checks uploads). A body is never whole in memory.
"""
