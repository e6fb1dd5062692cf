"""What was written: kept beside the shards, with the map of their columns."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from course_utils.encode import FeatureMap
from course_utils.shards import places


@dataclass(frozen=True)
class Shard:
    """One file: its name, its rows and its bytes."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class ShardSet:
    """All shards of a table.

    Parameters
    ----------
    output : str
        The shards lie in ``train`` within it; ``shards.json`` and ``feature_map.json`` lie beside that, since
        a training job would take them for rows.
    shards : tuple of Shard
    batch, left_out, feature_dim, seed : int
    """

    output: str
    shards: tuple[Shard, ...]
    batch: int
    left_out: int
    feature_dim: int
    seed: int

    @property
    def train(self) -> str:
        """Where the shards lie: the address of a training job's channel."""
        return train_of(self.output)

    @property
    def rows(self) -> int:
        """Rows of all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def bytes(self) -> int:
        """Bytes of all shards."""
        return sum(shard.bytes for shard in self.shards)

    def save(self, feature_map: FeatureMap) -> None:
        """Write ``feature_map.json``, and last ``shards.json``: where it lies, the shards are whole."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "feature_map.json")
            feature_map.save(path)
            with places.new_file(self.output, path.name) as stream:
                stream.write(path.read_bytes())
        with places.new_file(self.output, "shards.json") as stream:
            stream.write(json.dumps(asdict(self), indent=1).encode())


def train_of(output: str) -> str:
    """Where the shards of an output lie."""
    return places.inside(output, "train")
