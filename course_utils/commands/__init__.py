"""What ``course COMMAND`` does, one module a command; each has ``add_arguments`` and ``main``."""
