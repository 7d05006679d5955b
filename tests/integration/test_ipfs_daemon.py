"""Finding a Kubo, and running one that listens on this machine only."""

from __future__ import annotations

import io
import json
import os
import socket
from pathlib import Path

import pytest

from ledger.errors import ContentNotFound, IpfsUnavailable, SetupError, ToolMissing
from ledger.ipfs import KuboIpfs
from ledger.kubo import KuboDaemon, KuboFound, find_kubo
from ledger.models import Cid


def program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_running_node_comes_before_a_built_one_before_one_on_the_path(tmp_path: Path) -> None:
    on_path = program(tmp_path / "bin" / "ipfs")
    env = {"PATH": str(on_path.parent)}
    assert find_kubo(env, tmp_path) == KuboFound(api=None, binary=on_path)
    built = program(tmp_path / ".tools" / "bin" / "ipfs")
    assert find_kubo(env, tmp_path) == KuboFound(api=None, binary=built)
    env["PLATEMARK_IPFS_API"] = "/ip4/127.0.0.1/tcp/5001"
    assert find_kubo(env, tmp_path) == KuboFound(api="/ip4/127.0.0.1/tcp/5001", binary=None)


def test_where_no_kubo_is_none_is_found(tmp_path: Path) -> None:
    assert find_kubo({}, tmp_path) is None


def port_of(api: str) -> int:
    return int(api.rsplit("/", 1)[1])


@pytest.mark.kubo
def test_a_node_of_our_own_keeps_its_content_over_a_restart_and_is_gone_after(
    kubo_binary: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "repo"
    with KuboDaemon(kubo_binary, folder) as daemon:
        api = daemon.api
        cid = KuboIpfs(api).add(io.BytesIO(b"kept"))
    assert daemon.api == ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(api)), timeout=2)
    with KuboDaemon(kubo_binary, folder) as daemon:
        assert KuboIpfs(daemon.api).has(cid)
        daemon.stop()
        daemon.stop()


@pytest.mark.kubo
def test_a_node_of_our_own_calls_nobody_and_listens_here_only(
    kubo_binary: Path, tmp_path: Path
) -> None:
    with KuboDaemon(kubo_binary, tmp_path / "repo") as daemon:
        assert daemon.api.startswith("/ip4/127.0.0.1/tcp/")
        settings = json.loads((tmp_path / "repo" / "config").read_text())
        said = (tmp_path / "repo" / "daemon.log").read_text()
    assert settings["Routing"]["Type"] == "none"
    assert settings["Bootstrap"] == []
    assert settings["Discovery"]["MDNS"]["Enabled"] is False
    assert settings["AutoTLS"]["Enabled"] is False
    assert "telemetry" not in said
    assert "Gateway server" not in said
    assert "0.0.0.0" not in said


@pytest.mark.kubo
def test_a_second_node_in_the_same_folder_is_refused_and_the_first_lives_on(
    kubo_binary: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "repo"
    with KuboDaemon(kubo_binary, folder) as first:
        with pytest.raises(IpfsUnavailable, match="did not start"):
            KuboDaemon(kubo_binary, folder).start()
        assert KuboIpfs(first.api).ping()


@pytest.mark.kubo
def test_a_missing_block_is_not_found_within_the_timeout(kubo_api: str) -> None:
    with pytest.raises(ContentNotFound):
        KuboIpfs(kubo_api, timeout=3).fetch(
            Cid.of_raw_block(os.urandom(32)), io.BytesIO(), max_bytes=1
        )


INIT_ONLY = 'if [ "$1" = init ]; then echo "{}" > "$IPFS_PATH/config"; exit 0; fi'


def test_a_node_that_never_gets_ready_is_given_up_and_stopped(tmp_path: Path) -> None:
    binary = program(tmp_path / "ipfs", f"{INIT_ONLY}\necho thinking\nexec sleep 60")
    daemon = KuboDaemon(binary, tmp_path / "repo", start_seconds=3)
    with pytest.raises(IpfsUnavailable, match="thinking"):
        daemon.start()


def test_a_node_that_ignores_the_request_to_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.kubo._STOP_SECONDS", 0.3)
    script = f"{INIT_ONLY}\ntrap '' TERM\nwhile :; do sleep 0.1; done"
    daemon = KuboDaemon(program(tmp_path / "ipfs", script), tmp_path / "repo", start_seconds=0.5)
    with pytest.raises(IpfsUnavailable, match="no output"):
        daemon.start()


def test_a_program_that_is_not_there_is_a_missing_tool(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing):
        KuboDaemon(tmp_path / "ipfs", tmp_path / "repo").start()
    (tmp_path / "repo" / "config").write_text("{}")
    with pytest.raises(ToolMissing):
        KuboDaemon(tmp_path / "ipfs", tmp_path / "repo").start()


def test_an_init_that_fails_says_why(tmp_path: Path) -> None:
    binary = program(tmp_path / "ipfs", "echo no space left >&2; exit 1")
    with pytest.raises(SetupError, match="no space left"):
        KuboDaemon(binary, tmp_path / "repo").start()


def test_an_init_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.kubo._INIT_SECONDS", 0.3)
    with pytest.raises(SetupError, match="took over"):
        KuboDaemon(program(tmp_path / "ipfs", "exec sleep 60"), tmp_path / "repo").start()


def test_a_broken_configuration_is_a_setup_error(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("not JSON")
    with pytest.raises(SetupError, match="not the configuration"):
        KuboDaemon(program(tmp_path / "ipfs"), tmp_path).start()
