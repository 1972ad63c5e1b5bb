"""Node files with one mistake each, and what is said of it."""

from __future__ import annotations

GOOD = """
[node]
name = "pintu-manggarai"
data_dir = "data"

[broker]
host = "127.0.0.1"
port = 1883

[[camera]]
id = "cam-manggarai"
url = "rtsp://viewer:s3cret@10.0.0.7:554/main"
place = { lat = -6.2076, lon = 106.8483 }
fps = 5

[[camera.zone]]
id = "no-stopping-1"
kind = "no_stopping"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]
active = [{ from = "06:00", to = "22:00" }]

[[camera.zone]]
id = "street"
kind = "road"
polygon = [[0.0, 0.6], [1.0, 0.6], [1.0, 1.0]]

[[gauge]]
id = "manggarai"
place = { lat = -6.2076, lon = 106.8483 }
limits = { s3_cm = 750, s2_cm = 850, s1_cm = 950 }
source = { kind = "modbus_tcp", host = "127.0.0.1", port = 5020 }
"""

CAMERA = "camera[cam-manggarai]"
ZONE = f"{CAMERA}.zone[no-stopping-1]"
NAME = 'a name of 2 to 48 letters a-z, digits and "-", beginning with a letter or digit'
URLS = "rtsp://host/..., rtsps://host/..., http://host/..., https://host/..., v4l2:///dev/videoN or the path of a file"
SCORES = "labels of the detector with a score from 0.15 to 1, such as {{ car = 0.5 }}"
SQUARE = "[[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]"
SOURCE = 'a source of kind "modbus_tcp", "modbus_rtu", "serial_line", "file" or "camera"'
LIMITS = "{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }"

# (what is replaced, by what, the complaint less the file's name)
BAD = {
    "node name": ('"pintu-manggarai"', '"Pintu 1"', f'node.name: got "Pintu 1", expected {NAME}'),
    "node name missing": ('name = "pintu-manggarai"\n', "", f"node.name: missing, expected {NAME}"),
    "data dir is a file": (
        '"data"',
        '"here.toml"',
        'node.data_dir: got "here.toml", expected a folder, but {folder}/here.toml is a file',
    ),
    "broker missing": (
        '[broker]\nhost = "127.0.0.1"\nport = 1883\n',
        "",
        "broker: missing, expected a [broker] table with host and port",
    ),
    "port as text": ("port = 1883", 'port = "1883"', 'broker.port: got "1883", expected a port from 1 to 65535'),
    "port too big": ("port = 1883", "port = 70000", "broker.port: got 70000, expected a port from 1 to 65535"),
    "port as bool": ("port = 1883", "port = true", "broker.port: got true, expected a port from 1 to 65535"),
    "password in the file": (
        "port = 1883",
        'password = "hunter2"',
        'broker.password: unknown key; did you mean "password_env"?',
    ),
    "password twice": (
        "port = 1883",
        'password_env = "HOME"\npassword_file = "here.toml"',
        "broker: got password_env and password_file, expected one of them",
    ),
    "password variable not set": (
        "port = 1883",
        'password_env = "SIAGA_NO_SUCH"',
        'broker: got password_env "SIAGA_NO_SUCH", expected an environment variable that is set',
    ),
    "password file missing": (
        "port = 1883",
        'password_file = "secret"',
        'broker.password_file: got "secret", expected a file that exists (looked for {folder}/secret)',
    ),
    "certificate without key": (
        "port = 1883",
        'cert_file = "here.toml"',
        "broker: got one of cert_file and key_file, expected both or neither",
    ),
    "certificate without ca": (
        "port = 1883",
        'cert_file = "here.toml"\nkey_file = "here.toml"',
        "broker: got cert_file without ca_file, expected ca_file too",
    ),
    "unknown table": ("[broker]", "[brocker]", 'brocker: unknown key; did you mean "broker"?'),
    "unknown key far from any": (
        "port = 1883",
        "xyz = 1",
        (
            "broker.xyz: unknown key; known here: ca_file, cert_file, host, key_file, password_env, password_file, "
            "port, username"
        ),
    ),
    "camera url scheme": (
        "rtsp://viewer:s3cret@",
        "rtmp://viewer:s3cret@",
        f'{CAMERA}.url: got "rtmp://***@10.0.0.7:554/main", expected {URLS}',
    ),
    "camera url without host": (
        '"rtsp://viewer:s3cret@10.0.0.7:554/main"',
        '"rtsp:///main"',
        f'{CAMERA}.url: got "rtsp:///main", expected {URLS}',
    ),
    "camera file missing": (
        '"rtsp://viewer:s3cret@10.0.0.7:554/main"',
        '"clip.mp4"',
        f'{CAMERA}.url: got "clip.mp4", expected a file that exists (looked for {{folder}}/clip.mp4)',
    ),
    "camera url missing": (
        'url = "rtsp://viewer:s3cret@10.0.0.7:554/main"\n',
        "",
        f"{CAMERA}.url: missing, expected an rtsp:// URL or the path of a file",
    ),
    "camera without id": ('id = "cam-manggarai"\n', "", f"camera[0].id: missing, expected {NAME}"),
    "camera key misspelt": (
        "fps = 5",
        "detect_every_second = 1",
        f'{CAMERA}.detect_every_second: unknown key; did you mean "detect_every_seconds"?',
    ),
    "frames a second": (
        "fps = 5",
        "fps = 0",
        f"{CAMERA}.fps: got 0, expected a number of frames a second above 0 and at most 60",
    ),
    "not a number": (
        "fps = 5",
        "fps = nan",
        f"{CAMERA}.fps: got NaN, expected a number of frames a second above 0 and at most 60",
    ),
    "camera latitude": (
        "place = { lat = -6.2076, lon = 106.8483 }\nfps",
        "place = { lat = 106.8, lon = -6.2 }\nfps",
        f"{CAMERA}.place.lat: got 106.8, expected a number of degrees of latitude from -90 to 90",
    ),
    "camera place missing": (
        "place = { lat = -6.2076, lon = 106.8483 }\nfps",
        "fps",
        f"{CAMERA}.place: missing, expected a place such as {{{{ lat = -6.2, lon = 106.8 }}}}",
    ),
    "zone kind": (
        '"no_stopping"',
        '"no_parking"',
        f'{ZONE}.kind: got "no_parking", expected "no_stopping", "watch" or "road"',
    ),
    "zone with two points": (SQUARE, "[[0, 0], [1, 1]]", f"{ZONE}.polygon: got 2 points, expected 3 to 64"),
    "zone in pixels": (
        SQUARE,
        "[[0, 0], [640, 0], [640, 480]]",
        f"{ZONE}.polygon: got point 2 at [640, 0], expected shares of width and height from 0 to 1",
    ),
    "zone like a bow tie": (
        SQUARE,
        "[[0, 0], [1, 1], [1, 0], [0, 1]]",
        f"{ZONE}.polygon: got sides 1 and 3 crossing, expected an outline that does not cross itself",
    ),
    "zone on a line": (
        SQUARE,
        "[[0, 0], [0.5, 0.5], [1, 1]]",
        f"{ZONE}.polygon: got an area of 0, expected points that are not all on one line",
    ),
    "zone point of one number": (
        SQUARE,
        "[[0.1], [0.9, 0.5], [0.9, 0.9]]",
        f"{ZONE}.polygon[0][1]: missing, expected 3 to 64 points [x, y], shares of width and height from 0 to 1",
    ),
    "zone polygon missing": (
        f"polygon = {SQUARE}\n",
        "",
        f"{ZONE}.polygon: missing, expected 3 to 64 points [x, y], shares of width and height from 0 to 1",
    ),
    "zone id twice": (
        '"street"',
        '"no-stopping-1"',
        f'{CAMERA}.zone[1].id: got "no-stopping-1", expected an id of its own ({CAMERA}.zone number 1 has it)',
    ),
    "hours as words": (
        '"06:00"',
        '"6am"',
        f'{ZONE}.active[0].from: got "6am", expected a time of day as HH:MM, 00:00 to 24:00',
    ),
    "hours beyond the day": (
        '"22:00"',
        '"25:00"',
        f'{ZONE}.active[0].to: got "25:00", expected a time of day as HH:MM, 00:00 to 24:00',
    ),
    "hours of no length": (
        '"22:00"',
        '"06:00"',
        f"{ZONE}.active[0]: got from and to both 06:00, expected two different times",
    ),
    "time zone": (
        'active = [{ from = "06:00", to = "22:00" }]',
        'timezone = "Jakarta"',
        f'{ZONE}.timezone: got "Jakarta", expected an IANA time zone such as Asia/Jakarta',
    ),
    "road key in a no-stopping zone": (
        'active = [{ from = "06:00", to = "22:00" }]',
        "flooded_share = 0.3",
        f"{ZONE}: got flooded_share in a zone of kind no_stopping, expected it only with kind road",
    ),
    "clear above flooded": (
        'kind = "road"',
        'kind = "road"\nclear_share = 0.5',
        f"{CAMERA}.zone[street]: got clear_share 0.5 and flooded_share 0.25, expected clear_share below flooded_share",
    ),
    "label of no detector": (
        'active = [{ from = "06:00", to = "22:00" }]',
        'labels = ["cars"]',
        f'{ZONE}.labels: got "cars", expected a label of the detector; did you mean "car"?',
    ),
    "threshold of no label": (
        "[[camera.zone]]\nid",
        "thresholds = { cars = 0.5 }\n[[camera.zone]]\nid",
        f'{CAMERA}.thresholds: got "cars", expected a label of the detector; did you mean "car"?',
    ),
    "threshold above one": (
        "[[camera.zone]]\nid",
        "thresholds = { car = 50 }\n[[camera.zone]]\nid",
        f"{CAMERA}.thresholds.car: got 50, expected {SCORES}",
    ),
    "model of no manifest": (
        "[broker]",
        '[models]\ndetector = "detector_461"\n[broker]',
        'models.detector: got "detector_461", expected a model of task detect; did you mean "detector_416"?',
    ),
    "gauge limits out of order": (
        LIMITS,
        "{ s3_cm = 950, s2_cm = 850, s1_cm = 750 }",
        "gauge[manggarai].limits: got s3_cm 950, s2_cm 850, s1_cm 750, expected s3_cm <= s2_cm <= s1_cm",
    ),
    "gauge limits missing": (
        f"limits = {LIMITS}\n",
        "",
        "gauge[manggarai].limits: missing, expected limits such as {{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }}",
    ),
    "gauge source kind": (
        '"modbus_tcp"',
        '"modbus"',
        f'gauge[manggarai].source.kind: got "modbus", expected {SOURCE}',
    ),
    "gauge source without kind": (
        'kind = "modbus_tcp", ',
        "",
        f"gauge[manggarai].source.kind: missing, expected {SOURCE}",
    ),
    "gauge source key": (
        "port = 5020",
        "prot = 5020",
        'gauge[manggarai].source.prot: unknown key; did you mean "port"?',
    ),
    "gauge file missing": (
        'kind = "modbus_tcp", host = "127.0.0.1", port = 5020',
        'kind = "file", path = "levels.csv"',
        'gauge[manggarai].source.path: got "levels.csv", expected a file that exists (looked for {folder}/levels.csv)',
    ),
    "gauge stale before polled": (
        "source =",
        "poll_seconds = 60\nsource =",
        "gauge[manggarai]: got stale_seconds 30 and poll_seconds 60, expected stale_seconds >= poll_seconds",
    ),
    "gauge twice": (
        "[[gauge]]",
        (
            '[[gauge]]\nid = "manggarai"\nplace = { lat = 0, lon = 0 }\nlimits = { s3_cm = 1 }\n'
            'source = { kind = "modbus_tcp", host = "h" }\n[[gauge]]'
        ),
        'gauge[1].id: got "manggarai", expected an id of its own (gauge number 1 has it)',
    ),
    "outbox size": (
        "[broker]",
        '[outbox]\nmax_bytes = "1 gig"\n[broker]',
        'outbox.max_bytes: got "1 gig", expected a number of bytes, or text such as 500MB or 1GiB',
    ),
    "outbox too small": (
        "[broker]",
        '[outbox]\nmax_bytes = "1KiB"\n[broker]',
        "outbox.max_bytes: got 1024, expected a size of 1MiB or more",
    ),
    "health too often": (
        "[broker]",
        "[health]\nevery_seconds = 0\n[broker]",
        "health.every_seconds: got 0, expected a number of seconds from 1 to 3600",
    ),
}
