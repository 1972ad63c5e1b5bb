# A smart gauge in MicroPython (ESP32, Pico W): connect Wi-Fi in boot.py, then `mpremote mip install umqtt.simple`.
# It sends one reading every minute and sends it again until the cloud acknowledges it. See docs/wire.md.
import binascii
import json
import ntptime
import os
import time
from umqtt.simple import MQTTClient

HOST, NODE, PASSWORD, GAUGE = "mqtt.example.org", "pos-uji", "...", "manggarai"
EPOCH = 946684800 if time.gmtime(0)[0] == 2000 else 0  # most ports count from 2000


def measure_cm():
    return 123.4  # replace by your sensor; None is a level that could not be measured, which is not zero


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def as_uuid(b, version):
    b = bytearray(b)
    b[6], b[8] = b[6] & 15 | version << 4, b[8] & 63 | 128
    h = binascii.hexlify(b).decode()
    return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def now():
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % time.gmtime()[:6]


def on_message(topic, payload):
    ack = json.loads(payload) if topic.endswith(b"/down/ack") else {"outbox_id": None}
    for span in ack["ranges"] if ack["outbox_id"] == OUTBOX else ():
        for number in [n for n in outbox if span["first"] <= n <= span["last"]]:
            del outbox[number]
    for one in ack.get("refused", ()):
        print("refused", one["seq"], one["reason"])


OUTBOX, outbox, seq, client = as_uuid(os.urandom(16), 4), {}, 0, None
BASE = "siaga/v1/s%02d/%s" % (crc32(NODE.encode()) % 64, NODE)
ntptime.settime()
while True:
    seq, at, level = seq + 1, now(), measure_cm()
    stamp = ((time.time() + EPOCH) * 1000).to_bytes(6, "big") + os.urandom(10)
    reading = {"gauge": GAUGE, "measured_at": at, "level_cm": level, "quality": "good" if level is not None else "missing"}
    outbox[seq] = {"v": 1, "id": as_uuid(stamp, 7), "node": NODE, "outbox_id": OUTBOX, "seq": seq, "measured_at": at,
                   "readings": [reading]}
    try:
        if client is None:
            client = MQTTClient(NODE, HOST, 8883, NODE, PASSWORD, keepalive=120, ssl=True)
            client.set_callback(on_message)
            client.connect(clean_session=False)
            client.subscribe(BASE + "/down/#", qos=1)
        for number in sorted(outbox):
            message = dict(outbox[number], sent_at=now(), late=number != seq)
            client.publish(BASE + "/up/readings", json.dumps(message), qos=1)
        for _ in range(60):
            client.check_msg()
            time.sleep(1)
    except OSError:
        client = None
        time.sleep(30)
    while len(outbox) > 500:  # a day of outages needs flash or a card
        del outbox[min(outbox)]
