"""docker-compose.yml agrees with the schema of its format, and with the code that it runs."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.unit.packaging.compose_file import (
    COMPOSE,
    ROOT,
    compose,
    container_ports,
    secret_files,
    services,
    words_of,
)
from typer.main import get_command

from siaga_cloud import main as cloud
from siaga_cloud.cli import app as cloud_admin
from siaga_cloud.fleet.broker_files import access_list
from siaga_cloud.operations.setup import logins
from siaga_cloud.operations.setup import secret_files as setup_files
from siaga_cloud.platform.observe import healthcheck
from siaga_cloud.settings import load
from siaga_edge.main import app as edge
from siaga_edge.settings import NodeSettings
from siaga_sim.main import app as sim
from siaga_sim.node_files import STATUS_PORT
from siaga_sim.scenario import load_scenario

OF_THE_CLOUD = ("siaga-cloud", "siaga-api", "siaga-worker", "siaga-backup")
PROGRAMS = {**dict.fromkeys(OF_THE_CLOUD, cloud.app), "siaga-edge": edge, "siaga-sim": sim}
OURS = {name: one for name, one in services().items() if one["image"].startswith("siaga-")}
THEIRS = {name: one for name, one in services().items() if name not in OURS}
LONG_RUNNING = {name: one for name, one in services().items() if one.get("restart") == "unless-stopped"}
FOR_HOST = "compose/host.conf"
ONCE = {"setup", "first-start", "nodes", "backup", "send-backup", "restore", "admin", "enrol"}


def program_of(service: dict[str, Any]) -> str:
    """What its image is called."""
    return str(service["image"]).partition(":")[0]


class RequestCounter(dict[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def known_settings() -> set[str]:
    """Every variable that the programs read: the settings as they are read, and those of the log."""
    on = {"SIAGA_DATABASE_URL": "postgresql://user@db/siaga", "SIAGA_OTLP_URL": "http://collector:4318"}
    requested = RequestCounter(on)
    load(requested)
    return requested.names | set(re.findall(r'environ\.get\("(SIAGA_[A-Z_]+)"', Path(cloud.__file__).read_text()))


def test_it_is_valid_by_the_schema_of_the_compose_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    found = [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(compose())]
    assert found == []
    assert not validator.is_valid({"services": {"api": {"imagine": "x"}}}), "the schema itself refuses nonsense"


def test_the_services_of_the_plan_are_there_with_their_profiles() -> None:
    by_profile: dict[str, set[str]] = {}
    for name, one in services().items():
        for profile in one.get("profiles", ["always"]):
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile == {
        "always": {"db", "broker", "grafana", "go2rtc", "api", "api-staff", "front-door", "front-door-staff",
                   "ingest-1", "ingest-2", "worker-1", "feeds", "publish", "first-start"},
        "setup": {"setup"},
        "simulated": {"sim", "nodes", "edge-pintu-manggarai", "edge-posko-utara", "edge-hulu-ciliwung"},
        "scale-out": {"ingest-3", "ingest-4", "worker-2", "api-2"},
        "channels": {"fetch"},
        "watch": {"prometheus"},
        "backup": {"backup", "send-backup"},
        "restore": {"restore"},
        "admin": {"admin"},
        "edge-only": {"edge"},
        "enrol": {"enrol"},
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_is_shut_in(name: str) -> None:
    one = services()[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    limits = one["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    uid = one["user"].partition(":")[0]
    if name == "setup":
        assert (uid, one["network_mode"], "cap_add" in one) == ("0", "none", True), "root gives files away, and no more"
    else:
        assert uid.isdigit()
        assert uid != "0"
        assert "cap_add" not in one
    assert "privileged" not in one
    assert re.search(r":[^:/]*\d[^:/]*$", one["image"]), "an image has a version"
    assert not any("docker.sock" in str(volume) for volume in one.get("volumes", []))


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_long_running_services_report_their_health_and_bound_their_log(name: str) -> None:
    one = LONG_RUNNING[name]
    assert one["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"max-size", "max-file"} <= set(one["logging"]["options"])


def test_what_runs_once_is_not_started_again() -> None:
    assert {name for name in services() if name not in LONG_RUNNING} == ONCE
    assert {one.get("restart", "no") for name, one in services().items() if name in ONCE} == {"no"}


def parses(program: str, words: list[str]) -> None:
    """Raises click's own error where the command line would refuse these words."""
    command = get_command(PROGRAMS[program])
    if words[:1] == ["admin"] and PROGRAMS[program] is cloud.app:
        command, words = get_command(cloud_admin), words[1:]
    while True:
        context = command.make_context(program, list(words), resilient_parsing=False)
        if not hasattr(command, "resolve_command"):
            return
        held = [*context._protected_args, *context.args]
        _, command, words = command.resolve_command(context, held)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_command_is_one_of_the_program_and_parses(name: str) -> None:
    one = OURS[name]
    program = one["image"].partition(":")[0]
    further = {
        "restore": ["/backup/one"],
        "admin": ["disk"],
        "enrol": ["--url", "https://siaga.example", "--token", "-"],
    }
    parses(program, [*words_of(one), *further.get(name, [])])
    if "healthcheck" in one:
        kind, *words = [str(word) for word in one["healthcheck"]["test"]]
        assert kind == "CMD"
        if words[:2] == ["python", "-m"]:
            assert words[2] == healthcheck.__name__
            assert healthcheck.arguments(words[3:]).url.startswith("http://127.0.0.1:")
        elif words[0] != "python":
            assert words[0] == program
            parses(words[0], words[1:])


@pytest.mark.parametrize("words", [["ingets"], ["healthcheck", "--bead", "3", "http://x"], ["admin", "secrets"]])
def test_a_command_that_the_program_does_not_know_would_be_noticed(words: list[str]) -> None:
    with pytest.raises(Exception, match=r"No such (command|option)|Missing parameter"):
        parses("siaga-cloud", words)


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_image_is_built_from_a_dockerfile_and_target_that_are_there(name: str) -> None:
    one = OURS[name]
    program = one["image"].partition(":")[0]
    dockerfile = ROOT / one["build"]["dockerfile"]
    text = dockerfile.read_text("utf-8")
    target = one["build"].get("target")
    bases = {"api": "cloud", "worker": "api", "backup": "cloud"}
    if target in bases:
        assert f"FROM {bases[target]} AS {target}\n" in text, "its program is the cloud's"
    else:
        stage = text if target is None else text[text.index(f" AS {target}\n") :]
        assert f'ENTRYPOINT ["{program}"]' in stage
    assert one["build"]["context"] == "."
    assert program == f"siaga-{target or 'edge'}"


@pytest.mark.parametrize("name", sorted(name for name, one in OURS.items() if PROGRAMS[program_of(one)] is cloud.app))
def test_its_variables_are_settings_and_make_whole_settings(name: str, tmp_path: Path) -> None:
    reported = {key: str(value) for key, value in OURS[name].get("environment", {}).items()}
    assert set(reported) <= known_settings()
    if name == "setup":
        return
    seen = secret_files(OURS[name])
    for key, value in reported.items():
        if key.endswith("_FILE"):
            assert value in seen, f"{key} names {value}, which is no secret of {name}"
            (tmp_path / key).write_text("word" * (8 if key == "SIAGA_SERVER_KEY_FILE" else 1))
            reported[key] = str(tmp_path / key)
    settings = load(reported)
    assert "word@db:5432/siaga" in settings.database_url


def test_every_secret_is_made_by_setup_and_given_to_its_reader(tmp_path: Path) -> None:
    made = tmp_path / "secrets"
    command = [str(word) for word in services()["setup"]["command"]]
    hosts, node_ids = (
        [word.partition("=")[2] for word in command if word.startswith(f"--{kind}=")] for kind in ("host", "node")
    )
    setup_files.make_secrets(made, hosts=hosts, node_ids=node_ids, now=setup_now())
    wanted = {one["file"].removeprefix("./secrets/") for one in compose()["secrets"].values()}
    assert {one for one in wanted if not (made / one).is_file()} == set()
    assert {node.name for node in load_scenario("storm")[0].node} == set(node_ids)
    for name, one in services().items():
        uid, _, gid = one["user"].partition(":")
        for file in secret_files(one).values():
            reader = setup_files.reader_of(file.removeprefix("./secrets/"))
            assert int(uid) == reader.uid or int(gid) == reader.gid, f"{name} cannot read {file}"
    again = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert setup_files.make_secrets(made, hosts=hosts, node_ids=node_ids, now=setup_now()) == []
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == again


def setup_now() -> datetime:
    return datetime.now(UTC)


def test_the_signing_key_is_where_commands_are_signed_and_nowhere_else() -> None:
    holding = {
        name for name, one in services().items() if "./secrets/fleet/fleet-key.pem" in secret_files(one).values()
    }
    assert holding == {"worker-1", "worker-2", "admin"}
    owners = {name for name, one in services().items() if "./secrets/db_owner_password" in secret_files(one).values()}
    assert owners == {"db", "first-start", "backup", "send-backup", "restore", "admin"}


def test_a_program_logs_in_as_itself_and_ingest_replicas_have_names_of_their_own() -> None:
    replicas = []
    for name, one in OURS.items():
        url = one.get("environment", {}).get("SIAGA_DATABASE_URL")
        if url is None:
            continue
        program = words_of(one)[0]
        login = "siaga" if program == "admin" else logins.login_of(program)
        assert url == f"postgresql://{login}@db:5432/siaga"
        if program == "ingest":
            replicas.append(one["environment"]["SIAGA_REPLICA"])
        assert name.partition("-")[0] in {program, "first", "backup", "send", "restore"}
    assert len(set(replicas)) == len(replicas) == 4


def test_ports_are_those_that_are_listened_on() -> None:
    every = services()
    http = int(every["api"]["environment"]["SIAGA_HTTP_PORT"])
    assert container_ports(every["api"]) | container_ports(every["api-staff"]) == set(), (
        "people enter by the front door"
    )
    assert every["api-staff"]["environment"] == every["api"]["environment"]
    doors = [(ROOT / "packaging/nginx" / one).read_text("utf-8") for one in ("siaga/servers/public.conf", FOR_HOST)]
    assert container_ports(every["front-door"]) == {
        int(port) for text in doors for port in re.findall(r"listen (?:\[::\]:)?(\d+)", text)
    }
    staff_server = (ROOT / "packaging/nginx/siaga/staff-server.conf").read_text("utf-8")
    assert container_ports(every["front-door-staff"]) == set(map(int, re.findall(r"listen (\d+) ssl", staff_server)))
    assert f":{http}/readyz" in every["api"]["healthcheck"]["test"][-1]
    listeners = [int(port) for port in re.findall(r"^listener (\d+)", mosquitto_conf(), re.MULTILINE)]
    assert container_ports(every["broker"]) == {listeners[0]}, "boxes come from outside, the cloud from within"
    assert int(every["ingest-1"]["environment"]["SIAGA_BROKER_PORT"]) == listeners[1]
    metrics = every["worker-1"]["environment"]["SIAGA_METRICS_PORT"]
    assert f":{metrics}/metrics" in " ".join(every["worker-1"]["healthcheck"]["test"])
    city, node_ids = every["sim"]["command"], every["nodes"]["command"]
    for option in ("--host", "--camera-port", "--first-gauge-port"):
        assert city[city.index(option) + 1] == node_ids[node_ids.index(option) + 1]
    assert node_ids[node_ids.index("--broker") + 1] == f"broker:{listeners[0]}"
    assert every["sim"]["hostname"] == city[city.index("--host") + 1]
    inside = {name for name, one in every.items() if one.get("networks") == ["inside"]}
    assert not any(container_ports(every[name]) for name in inside), "a network without a way out publishes nothing"


def mosquitto_conf() -> str:
    return (ROOT / "packaging" / "mosquitto" / "mosquitto.conf").read_text("utf-8")


def test_the_brokers_files_are_where_its_configuration_expects_them() -> None:
    broker = services()["broker"]
    mounted = set(secret_files(broker)) | {one["target"] for one in broker["configs"]}
    mounted |= {volume.split(":")[1] + "/" for volume in broker["volumes"]}
    named = re.findall(r"^(?:cafile|crlfile|certfile|keyfile|password_file|acl_file|persistence_location) (\S+)$",
                       mosquitto_conf(), re.MULTILINE)  # fmt: skip
    assert set(named) <= mounted
    acl = access_list(())
    user = services()["ingest-1"]["environment"]["SIAGA_BROKER_USERNAME"]
    assert re.findall(r"^user (\S+)$", acl, re.MULTILINE) == [user] == [setup_files.BROKER_USER]


def test_dependencies_and_mounted_files_are_there() -> None:
    whole = compose()
    for name, one in services().items():
        for other, how in one.get("depends_on", {}).items():
            wanted = how["condition"]
            assert other in whole["services"], f"{name} waits for {other}"
            assert (wanted == "service_completed_successfully") == (other in ONCE), f"{name} waits for {other}"
            if wanted == "service_healthy":
                assert "healthcheck" in whole["services"][other]
        for volume in one.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./secrets"):
                continue
            held = (ROOT / source).exists() if source.startswith("./") else source in whole["volumes"]
            assert held or source == "/etc/siaga", f"{name} mounts {source}"
    for config in whole["configs"].values():
        assert (ROOT / config["file"]).is_file()


def test_grafana_reads_what_is_built_and_is_the_version_that_it_was_built_for() -> None:
    grafana = services()["grafana"]
    source = yaml.safe_load((ROOT / "dashboards/provisioning/datasources/siaga.yaml").read_text())["datasources"][0]
    for value in (source["url"], source["jsonData"]["database"], source["jsonData"]["sslmode"]):
        assert value.removeprefix("$") in grafana["environment"]
    assert source["secureJsonData"]["password"] == "$__file{/run/secrets/grafana_db_password}"
    assert "/run/secrets/grafana_db_password" in secret_files(grafana)
    provider = yaml.safe_load((ROOT / "dashboards/provisioning/dashboards/siaga.yaml").read_text())["providers"][0]
    assert any(volume.split(":")[1] in provider["options"]["path"] for volume in grafana["volumes"])
    types = json.loads((ROOT / "dashboards/schema-check/package.json").read_text())["devDependencies"][
        "@grafana/schema"
    ]
    assert grafana["image"] == f"grafana/grafana:{types}"


def test_a_node_finds_its_files_and_answers_prometheus_at_the_configured_address() -> None:
    for name, one in OURS.items():
        if not one["image"].startswith("siaga-edge") or name == "enrol":
            continue
        targets = {volume.split(":")[1] for volume in one["volumes"]}
        file = Path(one["command"][1])
        assert any(str(file).startswith(target) for target in targets), f"{name}: nothing holds {file}"
        assert "/var/lib/siaga" in targets
        if name != "edge":
            assert file.stem == name.removeprefix("edge-")
    watched = yaml.safe_load((ROOT / "packaging/prometheus/nodes/simulated.yml").read_text())[0]["targets"]
    assert watched == [f"{name}:{STATUS_PORT}" for name in OURS if name.startswith("edge-")]
    assert NodeSettings.model_fields["status"] is not None


def test_prometheus_scrapes_services_that_are_there_on_their_ports() -> None:
    requested = yaml.safe_load((ROOT / "packaging/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = [target for job in requested for group in job.get("static_configs", []) for target in group["targets"]]
    for target in targets:
        name, _, port = target.partition(":")
        reported = services()[name]["environment"]
        variable = "SIAGA_HTTP_PORT" if name.startswith("api") else "SIAGA_METRICS_PORT"
        assert int(port) == int(reported[variable])


def test_the_page_of_operators_names_every_profile_and_the_two_commands() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    for profile in {profile for one in services().values() for profile in one.get("profiles", [])}:
        assert f"`{profile}`" in page
    for line in re.findall(r"docker compose [^\n`]+", page):
        words = shlex.split(line.partition("#")[0])
        named = set(words) & set(services())
        assert named or {"up", "logs", "build", "ps"} & set(words), line
    assert not re.search(r"sha256:[0-9a-f]{64}", COMPOSE.read_text()), "no digest was ever looked up"
