"""S3 alone, behind the real HTTP server, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from course_utils.local_aws.http_server import bind
from course_utils.local_aws.moto_services import credential_scope
from course_utils.local_aws.s3.service import S3
from course_utils.local_aws.s3.store import ObjectStore

SESSION = boto3.session.Session("test", "test")  # one for all: it reads botocore's models only once


def client_of(url: str, region: str = "us-east-1", **config: Any) -> Any:
    config = Config(retries={"total_max_attempts": 1}, **config)
    return SESSION.client("s3", region_name=region, endpoint_url=url, config=config)


@pytest.fixture
def served(tmp_path) -> Iterator[SimpleNamespace]:
    """``store``, its ``files`` folder, the server's ``url`` and ``port``, ``client(region)``."""
    store = ObjectStore(tmp_path / "s3")
    service = S3(store)
    http = bind(0)
    http.app = lambda environ, start: service(environ, start, credential_scope(environ)[0])
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{http.port}"
    yield SimpleNamespace(
        store=store,
        files=tmp_path / "s3" / "objects",
        folder=tmp_path / "s3",
        url=url,
        port=http.port,
        client=lambda region="us-east-1", **config: client_of(url, region, **config),
    )
    http.shutdown()
    http.server_close()
    store.close()


@pytest.fixture
def s3(served) -> Any:
    """boto3 client; there is a bucket ``bucket``."""
    client = served.client()
    client.create_bucket(Bucket="bucket")
    return client
