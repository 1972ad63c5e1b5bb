"""`siaga-sim nodes`: writes NODE.toml for each node that watches a simulated city on another machine or container."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from siaga_sim.complaints import BadFileError
from siaga_sim.nodes import city_nodes
from siaga_sim.scenario import Scenario, load_scenario

STATUS_PORT = 9464
EXIT_BAD = 2


def write_nodes(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write the NODE.toml files to.")],
    broker: Annotated[str, typer.Option("--broker", help="Host and port of the broker, which must offer TLS.")],
    scenario: Annotated[
        str, typer.Option("--scenario", help="Scenario: storm, calm, or the path of a scenario file.")
    ] = "storm",
    host: Annotated[str, typer.Option("--host", help="Address on which `siaga-sim city` listens.")] = "127.0.0.1",
    camera_port: Annotated[
        int, typer.Option("--camera-port", min=1, max=65535, help="Value of --camera-port of `siaga-sim city`.")
    ] = 8554,
    first_gauge_port: Annotated[
        int,
        typer.Option("--first-gauge-port", min=1, max=65000, help="Value of --first-gauge-port of `siaga-sim city`."),
    ] = 5020,
    credentials: Annotated[
        Path,
        typer.Option("--credentials", help="Folder on the node with the files of `siaga-cloud admin secrets`."),
    ] = Path("/etc/siaga/credentials"),
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="Folder on the node for its outbox and other data.")
    ] = Path("/var/lib/siaga"),
) -> None:
    """Write a NODE.toml for every node of a scenario, whose devices `siaga-sim city` serves on the given ports."""
    import tomli_w

    broker_host, _, port = broker.rpartition(":")
    try:
        story, city = load_scenario(scenario)
    except BadFileError as error:
        for line in error.lines:
            typer.echo(line, err=True)
        raise typer.Exit(EXIT_BAD) from None
    if not broker_host or not port.isdigit():
        typer.echo(f"--broker: got {broker!r}, expected HOST:PORT", err=True)
        raise typer.Exit(EXIT_BAD)
    urls = {camera.id: f"rtsp://{host}:{camera_port}/{camera.id}" for camera in story.camera}
    nodes = city_nodes(story, city, camera_urls=urls, gauge_addresses=_addresses(story, host, first_gauge_port))
    folder.mkdir(parents=True, exist_ok=True)
    for node in nodes:
        path = folder / f"{node['node']['name']}.toml"
        rest = _around(broker_host, int(port), PurePosixPath(credentials))
        path.write_text(tomli_w.dumps({**node, "node": {**node["node"], "data_dir": str(data_dir)}, **rest}), "utf-8")
        typer.echo(str(path))


def _addresses(story: Scenario, host: str, first: int) -> dict[str, tuple[str, int]]:
    """Each gauge on a port of its own, in the order in which `city` gives them out."""
    gauges = [gauge_id for node in story.node for gauge_id in node.gauges]
    return {gauge_id: (host, first + number) for number, gauge_id in enumerate(gauges)}


def _around(host: str, port: int, credentials: PurePosixPath) -> Mapping[str, Any]:
    broker = {
        "host": host,
        "port": port,
        "ca_file": str(credentials / "broker-ca.pem"),
        "cert_file": str(credentials / "node.cert.pem"),
        "key_file": str(credentials / "node.key.pem"),
    }
    return {
        "broker": broker,
        "fleet": {"key_file": str(credentials / "fleet-key.pub.pem")},
        "status": {"host": "0.0.0.0", "port": STATUS_PORT},  # noqa: S104 - in a container, whose ports are published or not
    }
