# Stand-in for python:3.11-slim: Debian's own Python, which is a later one.
FROM siaga-stand-in/debian:trixie
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null \
 && ln -s python3 /usr/bin/python && rm -rf /var/lib/apt/lists/*
