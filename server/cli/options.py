"""What the commands share: the data folder, and how they say what they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import click

from server.config import now_ms
from server.store import DATABASE_NAME, Store, StoreError, areas, erased_list, erasures, keys, users
from server.store.serving_lock import FolderServedError, serving
from server.store.users import User

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_ADDRESS = "http://localhost:8000"


def data_option(command: F) -> F:
    """Adds `--data DIR`."""
    return click.option(
        "--data",
        "data",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="THON_DATA",
        default=Path("data"),
        show_default="./data, or THON_DATA",
        help="Folder of the database and files.",
    )(command)


@contextmanager
def opened(data: Path) -> Iterator[Store]:
    """The store, also while a server has it open. A folder that can't be read or written ends the command
    with a sentence."""
    try:
        store = Store.open(data)
        try:
            _forget_again(store)
            yield store
        finally:
            store.close()
    except BrokenPipeError:
        raise
    except (OSError, StoreError) as error:
        fail(_unusable(data, error))


@contextmanager
def alone_in(data: Path, address: str) -> Iterator[None]:
    """Nobody else serves the folder meanwhile; ends the command with a sentence where somebody does, or where
    the folder can't be written."""
    with ExitStack() as held:
        try:
            held.enter_context(serving(data, address))
        except FolderServedError as error:
            fail(f"{error} One folder has one server: stop that one, or name another folder with --data.")
        except OSError as error:
            fail(_unusable(data, error))
        yield


def _unusable(data: Path, error: Exception) -> str:
    return f"The data in {data} can't be used: {error}. Is the folder writable, and the disk not full?"


def _forget_again(store: Store) -> None:
    """Where a copy was put back by hand, nobody may read in it what was erased since; and an erasure that was
    cut short is finished."""
    with store.reading() as db:
        is_unfinished = erasures.unfinished(db) is not None
    if not (is_unfinished or (store.data_dir / erased_list.LIST_NAME).exists()):
        return
    from server.erasing_again import UnfinishedError, erase_again

    try:
        erased = erase_again(store, now_ms())
    except UnfinishedError as error:
        click.echo(str(error), err=True)
        return
    if erased:
        click.echo(f"This is an older copy: {counted(erased, 'erasure')} since were made again.", err=True)


def require_data(data: Path) -> None:
    """Ends the command where the folder holds no database: opening it would make one."""
    if not (data / DATABASE_NAME).exists():
        fail(f"There is no Thôn data in {data}.")


def fail(sentence: str) -> NoReturn:
    """Ends the command with one sentence and exit code 1."""
    raise click.ClickException(sentence)


def counted(number: int, word: str) -> str:
    """`1 area`, `3 areas`: for words whose plural only adds an s."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def the_user(store: Store, wanted: str) -> User:
    """By id, or by a name that is unique."""
    with store.reading() as db:
        found = users.find(db, wanted)
    if not found:
        fail(f"There is no user {wanted}: see `thon user list`.")
    if len(found) > 1:
        fail(f"Several users are named {wanted}: use one of the ids {', '.join(user.id for user in found)}.")
    return found[0]


def check_areas(store: Store, codes: list[str]) -> None:
    with store.reading() as db:
        unknown = [code for code in codes if areas.get(db, code) is None]
    if unknown:
        fail(f"There is no area {', '.join(unknown)}: load it with `thon area load FILE.csv`.")


def address_of(store: Store) -> str:
    """Where the server that last ran here is reached."""
    with store.reading() as db:
        return keys.get(db, "address") or DEFAULT_ADDRESS


def https_advice(address: str) -> str:
    """What to do where phones cannot use this address yet, or nothing."""
    if address.startswith("https://"):
        return ""
    return (
        "Phones cannot use this address yet: they need HTTPS. Serve with --public-url https://… "
        "behind a reverse proxy on a domain, or with --tls-cert and --tls-key; to try one phone by cable: "
        f"{cable_command(address)}."
    )


def cable_command(address: str) -> str:
    """What lets a phone on a cable open this address as its own `localhost`, where no HTTPS is needed."""
    port = urlsplit(address).port or 80
    return f"adb reverse tcp:{port} tcp:{port}"
