"""One module per lesson, ``nbNN.py``, each with a ``LESSON``; `course_utils.learn` shows how to write one."""
