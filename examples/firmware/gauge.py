"""A smart gauge in Python: it measures every minute and sends each reading until the cloud acknowledges it.

    pip install paho-mqtt
    NODE_PASSWORD=... python gauge.py mqtt.example.org 8883 pos-uji manggarai

The node and its password come from `siaga-cloud admin enrol`; docs/wire.md describes the messages.
"""

import json
import os
import ssl
import sys
import time
import uuid
import zlib
from datetime import UTC, datetime

import paho.mqtt.client as mqtt

host, port, node, gauge = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
shard = f"s{zlib.crc32(node.encode()) % 64:02d}"
base = f"siaga/v1/{shard}/{node}"
outbox_id, outbox, seq = str(uuid.uuid4()), {}, 0  # in memory: a restart begins a new outbox


def measure_cm():
    """Replace this by your sensor; None is a level that could not be measured, which is not zero."""
    return 123.4


def uuid7():
    stamp = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    return str(uuid.UUID(bytes=stamp[:6] + bytes([stamp[6] & 15 | 112, stamp[7], stamp[8] & 63 | 128]) + stamp[9:]))


def send(message):
    sent_at = datetime.now(UTC).isoformat()
    client.publish(f"{base}/up/readings", json.dumps({**message, "sent_at": sent_at}), qos=1)


def on_connect(client, *_):
    client.subscribe(f"{base}/down/#", qos=1)
    for message in list(outbox.values()):  # what waited out an outage keeps its id, seq and time
        send({**message, "late": True})


def on_message(_client, _data, received):
    if not received.topic.endswith("/down/ack"):
        return
    ack = json.loads(received.payload)
    for span in ack["ranges"] if ack["outbox_id"] == outbox_id else ():
        for number in [one for one in outbox if span["first"] <= one <= span["last"]]:
            del outbox[number]
            print("acknowledged", number, flush=True)
    for one in ack.get("refused", ()):
        print("refused", one["seq"], one["reason"], flush=True)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=node, clean_session=False)
client.username_pw_set(node, os.environ["NODE_PASSWORD"])
client.on_connect, client.on_message = on_connect, on_message
if port == 8883:
    client.tls_set_context(ssl.create_default_context(cafile=os.environ.get("CA_FILE")))
client.connect_async(host, port)
client.loop_start()
while True:
    seq, level, at = seq + 1, measure_cm(), datetime.now(UTC).isoformat()
    quality = "missing" if level is None else "good"
    reading = {"gauge": gauge, "measured_at": at, "level_cm": level, "quality": quality}
    envelope = {"v": 1, "id": uuid7(), "node": node, "outbox_id": outbox_id, "seq": seq, "measured_at": at}
    outbox[seq] = {**envelope, "readings": [reading]}
    send(outbox[seq])
    time.sleep(float(os.environ.get("EVERY_SECONDS", "60")))
