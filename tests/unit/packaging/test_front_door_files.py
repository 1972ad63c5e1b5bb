"""The front door of docker-compose.yml: its addresses are those of its configuration, and every file of it is there."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

from tests.unit.packaging.compose_file import ROOT, as_text, compose, secret_files, services

from siaga_cloud.settings import load

FOR_HOST = "compose/host.conf"


def test_the_front_door_and_the_api_know_each_other_by_address_and_trust_nobody_else() -> None:
    networks, every = compose()["networks"], services()
    names = ("front-door", "front-door-staff", "api", "api-staff")
    addresses = [every[name]["networks"]["door"]["ipv4_address"] for name in names]
    door, staff_door, api, staff = addresses
    subnet = ip_network(networks["door"]["ipam"]["config"][0]["subnet"])
    assert {ip_address(one) for one in addresses} <= set(subnet.hosts())
    assert len(set(addresses)) == len(addresses)
    assert load(as_text(every["api"]["environment"])).trusted_proxies == (f"{door}/32", f"{staff_door}/32")
    origin = (ROOT / "packaging/nginx/compose/origin.conf").read_text("utf-8")
    upstreams = dict(re.findall(r"upstream siaga_(\w+) \{[^}]*?server (\S+:\d+)", origin))
    port = every["api"]["environment"]["SIAGA_HTTP_PORT"]
    crowd, signed_in = f"{api}:{port}", f"{staff}:{port}"
    assert upstreams == {"public": crowd, "intake": crowd, "staff": signed_in, "live": signed_in}
    outside = networks["outside"]["ipam"]["config"][0]
    host = (ROOT / "packaging/nginx" / FOR_HOST).read_text("utf-8")
    assert re.findall(r"set_real_ip_from (\S+);", host) == [outside["gateway"]]
    believed = next(port for port in every["front-door"]["ports"] if port.endswith(":8080"))
    assert believed.startswith("127.0.0.1:"), "the listener that believes a proxy is for this machine alone"
    members = {name for name, one in every.items() if "door" in one.get("networks", ())}
    assert members == {*names, "api-2"}


def test_the_front_door_divides_the_public_between_two_processes_of_the_profile_scale_out() -> None:
    folder, every = ROOT / "packaging/nginx/compose", services()
    file = compose()["configs"]["nginx_origin"]["file"]
    assert file == "packaging/nginx/compose/origin.conf"
    assert "origin-scale-out.conf" in {path.name for path in folder.iterdir()}
    text = (folder / "origin-scale-out.conf").read_text("utf-8")
    found = {
        name: re.findall(r"server (\S+):8080", body) for name, body in re.findall(r"siaga_(\w+) \{([^}]*)\}", text)
    }
    api, second, staff = (every[name]["networks"]["door"]["ipv4_address"] for name in ("api", "api-2", "api-staff"))
    assert found == {"public": [api, second], "intake": [api, second], "staff": [staff], "live": [staff]}
    assert text.count("hash $siaga_client consistent;") == 2, "the limits of a client lie in one process"
    assert {**every["api-2"], "profiles": None, "networks": None} == {
        **every["api"],
        "profiles": None,
        "networks": None,
    }


def test_the_front_door_has_every_file_that_its_configuration_includes() -> None:
    mounted = {
        one["target"]: compose()["configs"][one["source"]]["file"] for one in services()["front-door"]["configs"]
    }
    shipped = ROOT / "packaging" / "nginx"
    wanted = {f"/etc/nginx/{one.relative_to(shipped).as_posix()}" for one in shipped.rglob("*.conf")
              if "compose" not in one.parts}  # fmt: skip
    assert set(mounted) == wanted | {"/etc/nginx/siaga/servers/host.conf"}
    for target, file in mounted.items():
        assert Path(file).name == Path(target).name
    public = (shipped / "siaga/tls.conf").read_text("utf-8")
    named = set(re.findall(r"^ *ssl_certificate(?:_key)? (\S+);", public, re.MULTILINE))
    assert named == set(secret_files(services()["front-door"]))
