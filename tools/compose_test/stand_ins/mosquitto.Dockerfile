# Stand-in for eclipse-mosquitto: Debian's Mosquitto, with the image's account and folders.
FROM siaga-stand-in/debian:trixie-slim
RUN groupadd --system --gid 1883 mosquitto && useradd --system --uid 1883 --gid 1883 --no-create-home mosquitto \
 && apt-get update -qq && apt-get install -y -qq --no-install-recommends mosquitto >/dev/null && rm -rf /var/lib/apt/lists/* \
 && install -d -o mosquitto -g mosquitto /mosquitto /mosquitto/data /mosquitto/log
VOLUME ["/mosquitto/data", "/mosquitto/log"]
CMD ["mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
