"""Defines `siaga-cloud init` and `siaga-cloud admin checklist`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siaga_cloud.operations.new_city.checklist import Topic
    from siaga_cloud.operations.new_city.folder import NewCity
    from siaga_cloud.platform.language import Language

_File = Path | None
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the sentences: id or en.")]


def _file(text: str) -> Any:
    return typer.Option(metavar="FILE", show_default=False, help=text)


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="Folder to write the city to.")],
    answers: Annotated[
        _File, typer.Option("--from", metavar="ANSWERS.toml", show_default=False, help="File with the answers.")
    ] = None,
    name: Annotated[str | None, typer.Option(show_default=False, help="Name of the city.")] = None,
    timezone: Annotated[str | None, typer.Option(show_default=False, help="Time zone, such as Asia/Jakarta.")] = None,
    languages: Annotated[
        str | None, typer.Option(show_default=False, help="Languages that people write in, such as 'id en'.")
    ] = None,
    borders: Annotated[_File, _file("Borders of areas: GeoJSON, or OpenStreetMap XML (.osm).")] = None,
    rivers: Annotated[_File, _file("Rivers and canals: GeoJSON.")] = None,
    agencies: Annotated[_File, _file("Agencies: CSV or TOML.")] = None,
    gauges: Annotated[_File, _file("Gauges: CSV or TOML.")] = None,
    cameras: Annotated[_File, _file("Cameras with their addresses: CSV or TOML.")] = None,
    users: Annotated[_File, _file("People and their roles: TOML.")] = None,
    gazetteer: Annotated[_File, _file("Place names: CSV.")] = None,
    words: Annotated[list[Path] | None, _file("Word list of a language: TOML. Repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files of a city in the folder.")] = False,
    interactive: Annotated[
        bool | None,
        typer.Option(
            "--interactive/--no-interactive",
            show_default=False,
            help="Ask for what is missing; default: at a terminal.",
        ),
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Write the folder of a new city from a few files and answers, and list what is still missing.

    Nothing is written where a file is wrong. `siaga-cloud admin import city FOLDER` loads the folder.
    """
    from siaga_cloud.operations.new_city.answers import checked, read_given
    from siaga_cloud.operations.new_city.checklist import checklist
    from siaga_cloud.operations.new_city.facts import read_facts
    from siaga_cloud.operations.new_city.folder import files_of, read_city, write_folder
    from siaga_cloud.operations.new_city.questions import complete_answers
    from siaga_cloud.platform.import_errors import ImportFileError

    options: dict[str, Any] = {
        "name": name, "timezone": timezone, "languages": languages.replace(",", " ").split() if languages else None,
        "borders": borders, "rivers": rivers, "agencies": agencies, "gauges": gauges, "cameras": cameras,
        "users": users, "gazetteer": gazetteer, "words": words or None,
    }  # fmt: skip
    language = _language(lang)
    try:
        given = read_given(answers) if answers else {}
        given |= {key: value for key, value in options.items() if value is not None}
        if interactive or (interactive is None and sys.stdin.isatty() and not as_json):
            given = complete_answers(given)
        city = read_city(checked(given, source=str(answers or "siaga-cloud init")))
        written = write_folder(folder, files_of(city), force=force)
        topics = checklist(read_facts(folder, wanted_languages=city.answers.languages))
    except ImportFileError as error:
        _fail(str(error))
    _report(city, written, topics, folder, language, as_json=as_json)


def show_checklist(
    folder: Annotated[
        _File,
        typer.Argument(metavar="[FOLDER]", show_default=False, help="Folder of a city instead of the loaded city."),
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """List what the loaded city has and what is missing; exit with code 1 where something is."""
    from siaga_cloud.operations.new_city import store
    from siaga_cloud.operations.new_city.checklist import checklist, is_complete
    from siaga_cloud.operations.new_city.checklist_words import as_table, as_text
    from siaga_cloud.operations.new_city.facts import read_facts
    from siaga_cloud.platform.cli import database
    from siaga_cloud.platform.import_errors import ImportFileError

    language = _language(lang)
    if folder is not None:
        try:
            facts = read_facts(folder)
        except ImportFileError as error:
            _fail(str(error))
    else:
        with database() as conn:
            # The settings of this command may differ from those of the API, so that a mail server here proves nothing.
            facts = store.facts(conn, sends_mail=None)
    topics = checklist(facts)
    typer.echo(
        json.dumps({"topics": [as_table(one, language) for one in topics]}, ensure_ascii=False)
        if as_json
        else as_text(topics, language)
    )
    if not is_complete(topics):
        raise typer.Exit(1)


def _report(
    city: NewCity, written: Sequence[Path], topics: Sequence[Topic], folder: Path, language: Language, *, as_json: bool
) -> None:
    from siaga_cloud.operations.new_city.checklist_words import as_table, as_text
    from siaga_cloud.operations.new_city.policy import initial_policy
    from siaga_cloud.operations.new_city.policy_words import policy_sentences

    agencies = [(one.name, one.categories) for one in city.agencies]
    policy = policy_sentences(initial_policy(city.answers), agencies, language)
    commands = _next_commands(folder)
    if as_json:
        report = {
            "city": city.answers.name,
            "timezone": city.answers.timezone,
            "files": [str(path) for path in written],
            "policy": policy,
            "topics": [as_table(one, language) for one in topics],
            "next": commands,
        }
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    left_out = f"; {city.left_out} features of other administrative levels were left out" if city.left_out else ""
    counts = f"{len(city.areas)} areas, {len(city.agencies)} agencies, {len(city.gauges)} gauges, "
    typer.echo(f"{city.answers.name}: {counts}{len(city.cameras)} cameras{left_out}")
    for title, lines in (
        ("Files", [str(path) for path in written]),
        ("Policy, to be changed at /admin/policy or in policy.toml", policy),
        ("Checklist", as_text(topics, language).splitlines()),
        ("Next", commands),
    ):
        typer.echo(f"\n{title}\n" + "\n".join(f"  {line}" for line in lines))


def _next_commands(folder: Path) -> list[str]:
    return [
        "siaga-cloud migrate",
        f"siaga-cloud admin import city {folder}",
        "siaga-cloud admin token admin",
        "siaga-cloud admin checklist",
    ]


def _language(given: str) -> Language:
    if given == "id":
        return "id"
    if given == "en":
        return "en"
    return _fail(f"--lang: got {given!r}, expected id or en")


def _fail(message: str) -> NoReturn:
    for line in message.splitlines():
        typer.echo(f"siaga-cloud init: {line}", err=True)
    raise typer.Exit(2)
