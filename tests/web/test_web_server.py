"""The server: this computer only, and its port."""

import socket
import threading
import urllib.request

import pytest

from web import server
from web.server import AddressRefused, PortTaken, open_door, serve


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "", "example.com"])  # noqa: S104  # they are refused
def test_other_addresses_are_refused(project_folder, host):
    with pytest.raises(AddressRefused) as refused:
        serve(project_folder, host=host)
    assert "账户" in refused.value.in_language("zh")
    assert "accounts" in refused.value.in_language("en")


def test_named_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            open_door(port)


def test_next_free_port_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(server, "FIRST_PORT", port)
        with open_door(None) as door:
            assert door.getsockname()[0] == "127.0.0.1"
            assert door.getsockname()[1] > port


def test_served_project_answers(project_folder, capsys, monkeypatch):
    started = {}
    make = server.create_server

    def keep(*arguments, **options):
        started["server"] = make(*arguments, **options)
        started["ready"].set()
        return started["server"]

    started["ready"] = threading.Event()
    monkeypatch.setattr(server, "create_server", keep)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    thread = threading.Thread(
        target=serve, args=(project_folder,), kwargs={"port": port}, daemon=True
    )
    thread.start()
    assert started["ready"].wait(20)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/rules", timeout=20) as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
    started["server"].close()
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out
