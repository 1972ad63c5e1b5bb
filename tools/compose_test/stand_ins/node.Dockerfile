# Stand-in for node:20-slim: Debian's Node.js.
FROM siaga-stand-in/debian:trixie-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null && rm -rf /var/lib/apt/lists/*
