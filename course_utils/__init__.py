"""Everything that stands behind the lessons; see README.md for the map."""
