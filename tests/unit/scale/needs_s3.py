"""Needs moto's server, which speaks S3; only `make test-scale` collects this file."""

import socket
import subprocess
from pathlib import Path

import pytest
from pyarrow import fs

from core.errors import ShardError
from core.scale import shards
from core.scale.engines import InProcess
from tests.waiting import wait_until

SERVER = Path(__file__).parents[3] / ".venv-s3" / "bin" / "moto_server"


@pytest.fixture(scope="module")
def bucket():
    """A bucket of a server that speaks S3."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([SERVER, "--host", "127.0.0.1", "--port", str(port)], stderr=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "name"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}"),
        ):
            patch.setenv(name, value)
        try:
            wait_until(lambda: _answers(port))
            fs.FileSystem.from_uri("s3://bucket?allow_bucket_creation=true")[0].create_dir("bucket")
            yield "s3://bucket"
        finally:
            server.terminate()
            server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_a_store_that_speaks_s3_holds_the_same_shards(begun, bucket):
    one, two = begun(), begun(f"{bucket}/twin")
    for address in (one, two):
        list(shards.write_missing(address, InProcess))
    assert shards.finish(two) == shards.finish(one)
    assert shards.verify(two)[1] == []
    assert list(shards.write_missing(two, InProcess)) == []


def test_a_bucket_that_is_not_there_is_told(begun, bucket):
    with pytest.raises(ShardError, match=r"at s3://other/twin .*bucket does not exist"):
        begun("s3://other/twin")
