"""A plain bridge from MQTT to PostgreSQL, as tutorials have it: collect a hundred, executemany, commit."""

import json
import os

import paho.mqtt.client as mqtt
import psycopg

connection = psycopg.connect(os.environ["DATABASE_URL"])
waiting = []


def on_connect(client, userdata, flags, reason_code, properties):
    client.subscribe("siaga/v1/+/+/up/readings", qos=1)
    print("subscribed")


def on_message(client, userdata, message):
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


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.username_pw_set(os.environ["MQTT_USER"], os.environ["MQTT_PASSWORD"])
client.on_connect = on_connect
client.on_message = on_message
client.connect("127.0.0.1", int(os.environ["MQTT_PORT"]))
client.loop_forever()
