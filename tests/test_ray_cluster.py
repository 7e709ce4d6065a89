"""Functions that are called on a Ray cluster, and shards of a corpus that are made there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2v import notices, ray_cluster
from e2v.errors import Advice, ClusterError, InputError, MissingExtraError
from e2v.ray_cluster import RayCalls
from tests.commands import command_line
from tests.training.small import text


def test_without_ray_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    Path("text").write_text("a b\n")
    with pytest.raises(MissingExtraError, match=r"engine ray needs ray, which .*; pip install ray"):
        command_line("vocab text --min-count 1 --engine ray --shards 1 -o c.e2v")
    assert [path.name for path in Path().iterdir()] == ["text"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("ray", reason="ray is not installed")
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    yield cluster.address
    cluster.shutdown()


pytestmark = pytest.mark.filterwarnings("ignore")


def test_shards_are_those_of_one_process(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2, 3):
        Path(f"part-{number}").write_text(text(50, seed=number))
    line = "vocab part-1 part-2 part-3 --min-count 2 --threads 1 --shards 2"
    command_line(f"{line} -o alone.e2v")
    command_line(f"{line} -o ray.e2v --engine ray --workers 2 --address {address}")
    for number in (1, 2):
        made = Path(f"ray-{number}-of-2.e2v").read_bytes()
        assert made == Path(f"alone-{number}-of-2.e2v").read_bytes()
    assert len(list(Path().iterdir())) == 3 + 2 + 2


def test_a_call_whose_process_is_lost_is_made_again_and_says_what_it_has_to_say(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(notices, "_listeners", [lambda level, message: told.append((level, message))])
    before = tmp_path / "before"

    def fragile(number: int) -> int:
        if number == 1 and not before.exists():
            before.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        notices.notice(Advice("{dim} {:,} of {}", 1000 + number, before))
        return number * number

    def refusing() -> None:
        raise InputError("nothing there", Advice("lower {dim}"))

    with RayCalls(2, 1, address) as calls:
        assert (calls.workers, calls.threads) == (2, 1)
        assert dict(calls.made(fragile, [(0,), (1,), (2,)], 1)) == {0: 0, 1: 1, 2: 4}
        assert before.exists()
        warnings = [message for level, message in told if level == "warning"]
        assert sorted(warnings) == [f"dim 1,00{number} of {before}" for number in range(3)]
        with pytest.raises(InputError, match="nothing there; lower dim"):
            list(calls.made(refusing, [()], 1))
    with pytest.raises(ClusterError, match="no node of the cluster has 64 cores"):
        RayCalls(1, 64, address)


def test_a_process_that_is_always_lost_is_an_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "_RETRIES", 0)
    with RayCalls(1, 1, address) as calls, pytest.raises(ClusterError, match="lost again and again"):
        list(calls.made(lambda: os.kill(os.getpid(), signal.SIGKILL), [()], 1))
