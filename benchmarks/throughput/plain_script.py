"""A plain bridge from MQTT to PostgreSQL, as tutorials have it: collect a hundred, executemany, commit."""

import json
import os
from typing import Any

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

connection = psycopg.connect(os.environ["DATABASE_URL"])
waiting: list[tuple[Any, ...]] = []


def on_connect(client: Client, userdata: Any, flags: Any, reason_code: Any, properties: Any) -> None:
    client.subscribe("siaga/v1/+/+/up/readings", qos=1)
    print("subscribed")


def on_message(client: Client, userdata: Any, message: MQTTMessage) -> None:
    body = json.loads(message.payload)
    reading = body["readings"][0]
    waiting.append(
        (body["id"], body["node"], reading["gauge"], reading["measured_at"], reading["level_cm"], json.dumps(body))
    )
    if len(waiting) >= 100:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO plain_reading VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", waiting
            )
        connection.commit()
        waiting.clear()


client = Client(CallbackAPIVersion.VERSION2)
client.username_pw_set(os.environ["MQTT_USER"], os.environ["MQTT_PASSWORD"])
client.on_connect = on_connect
client.on_message = on_message
client.connect("127.0.0.1", int(os.environ["MQTT_PORT"]))
client.loop_forever()
