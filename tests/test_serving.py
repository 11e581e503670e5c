"""Starting a server on a port that another has."""

from __future__ import annotations

from pathlib import Path

from server.store import Store, epochs
from tests.running import running_server, thon


def test_a_server_that_finds_its_port_taken_leaves_the_data_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(data) as server:
        store = Store.open(data)
        with store.reading() as db:
            before = epochs.newest(db)
        refused = thon(data, "serve", "--port", str(server.port), expect=1)
        assert f"Cannot serve on 127.0.0.1:{server.port}" in refused and "link=" not in refused
        with store.reading() as db:
            assert epochs.newest(db) == before
            links = db.execute("SELECT count(*) FROM user_link").fetchone()[0]
        assert links == 1
        other = tmp_path / "demo"
        assert "Cannot serve on port" in thon(
            data, "demo", "--data", str(other), "--port", str(server.port), expect=1
        )
        assert not other.exists()
        store.close()
        server.restart()
        assert len(server.output.split("link=")) == 3
