// A smart gauge on an ESP32 with PubSubClient and ArduinoJson: one reading a minute, sent again until it is acknowledged.
// Keeps one message at a time; see docs/wire.md. Put the city's CA into CA_PEM.
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <PubSubClient.h>
#include <ArduinoJson.h>
#include <esp_random.h>
#include <esp_rom_crc.h>
#include <time.h>

const char *HOST = "mqtt.example.org", *NODE = "pos-uji", *PASSWORD = "...", *GAUGE = "manggarai", *CA_PEM = "...";
WiFiClientSecure tls;
PubSubClient mqtt(tls);
String base, outboxId, waiting;
uint32_t seq = 0, waitingSeq = 0;

float measureCm() { return 123.4; }  // replace by your sensor; NAN is a level that could not be measured

String uuid(int version, uint64_t ms) {
  uint8_t b[16];
  esp_fill_random(b, 16);
  for (int i = 0; version == 7 && i < 6; i++) b[i] = ms >> (40 - 8 * i);
  b[6] = (b[6] & 15) | (version << 4);
  b[8] = (b[8] & 63) | 128;
  String s;
  for (int i = 0; i < 16; i++) {
    char hex[4];
    snprintf(hex, 4, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
    s += hex;
  }
  return s;
}

String now() {
  char text[24];
  time_t t = time(nullptr);
  strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
  return text;
}

void onMessage(char *topic, byte *payload, unsigned int length) {
  JsonDocument ack;
  if (!String(topic).endsWith("/down/ack") || deserializeJson(ack, payload, length) || outboxId != ack["outbox_id"]) return;
  for (JsonObject span : ack["ranges"].as<JsonArray>())
    if (span["first"] <= waitingSeq && waitingSeq <= span["last"]) waiting = "";
}

void setup() {
  WiFi.begin("SSID", "PASSWORD");
  while (WiFi.status() != WL_CONNECTED) delay(500);
  configTime(0, 0, "pool.ntp.org");
  while (time(nullptr) < 1700000000) delay(500);
  tls.setCACert(CA_PEM);
  char text[64];
  snprintf(text, 64, "siaga/v1/s%02u/%s", (unsigned)(esp_rom_crc32_le(0, (const uint8_t *)NODE, strlen(NODE)) % 64), NODE);
  base = text;
  outboxId = uuid(4, 0);
  mqtt.setServer(HOST, 8883).setCallback(onMessage).setBufferSize(2048);
}

void loop() {
  if (!mqtt.connected() && mqtt.connect(NODE, NODE, PASSWORD, 0, 0, 0, 0, false)) mqtt.subscribe((base + "/down/#").c_str(), 1);
  static uint32_t last = millis() - 60000;
  if (millis() - last >= 60000) {
    last = millis();
    if (waiting == "") {
      JsonDocument message;
      String at = now();
      float level = measureCm();
      message["v"] = 1, message["id"] = uuid(7, (uint64_t)time(nullptr) * 1000), message["node"] = NODE;
      message["outbox_id"] = outboxId, message["seq"] = waitingSeq = ++seq, message["measured_at"] = at;
      message["sent_at"] = at;
      JsonObject reading = message["readings"].add<JsonObject>();
      reading["gauge"] = GAUGE, reading["measured_at"] = at, reading["quality"] = isnan(level) ? "missing" : "good";
      if (isnan(level)) reading["level_cm"] = nullptr; else reading["level_cm"] = level;
      serializeJson(message, waiting);
    }
    mqtt.publish((base + "/up/readings").c_str(), waiting.c_str());
  }
  mqtt.loop();
}
