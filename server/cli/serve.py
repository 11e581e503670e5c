"""thon serve."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import alone_in, data_option, fail, https_advice, opened
from server.config import Config, now_ms
from server.store import Store, keys, users

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--public-url", default="", help="Where phones reach this server: https://thon.example.org")
@click.option("--tls-cert", type=_FILE, help="Certificate chain (PEM), to speak HTTPS without a proxy.")
@click.option("--tls-key", type=_FILE, help="Its private key (PEM).")
@click.option("--trust-proxy", is_flag=True, help="Believe X-Forwarded-For of the reverse proxy in front.")
def serve(
    *,
    data: Path,
    host: str,
    port: int,
    public_url: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    trust_proxy: bool,
) -> None:
    """Serve the phone app and the desk.

    Example: thon serve --data ./data --public-url https://thon.example.org --trust-proxy
    """
    from server import serving

    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key go together.")
    if public_url and not public_url.startswith(("https://", "http://")):
        raise click.UsageError("--public-url begins with https://")
    config = Config(
        data_dir=data,
        host=host,
        port=port,
        public_url=public_url.rstrip("/"),
        tls_cert=tls_cert,
        tls_key=tls_key,
        trust_proxy=trust_proxy,
    )
    try:
        bound = serving.bind(host, port)
    except OSError as error:
        fail(f"Cannot serve on {host}:{port}: {error}")
    with alone_in(data, config.address), opened(data) as store:
        announce(config, store)
        try:
            serving.serve(config, store, bound)
        except OSError as error:
            fail(f"Cannot serve on {host}:{port}: {error}")


def announce(config: Config, store: Store) -> None:
    """Says where the server is; makes the first administrator, whose link is printed until it is used."""
    store.write(lambda db: keys.put(db, "address", config.address))
    click.echo(f"Thôn serves {config.data_dir} at {config.address} (desk: {config.address}/desk/)")
    link = _first_admin_link(store)
    if link:
        click.echo(f"Open this once to become the administrator: {config.address}/desk/#link={link}")
    advice = https_advice(config.address)
    if advice:
        click.echo(advice)


def _first_admin_link(store: Store) -> str | None:
    with store.reading() as db:
        admins = [user for user in users.everyone(db) if user.role == "admin" and not user.is_disabled]
    if any(user.has_password for user in admins):
        return None
    now = now_ms()
    admin = admins[0].id if admins else store.write(lambda db: users.add(db, "Admin", "admin", "", now))
    return store.write(lambda db: users.make_link(db, admin, now))
