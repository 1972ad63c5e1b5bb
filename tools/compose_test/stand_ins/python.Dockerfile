# Stand-in for python:3.11-slim: Debian's own Python, which is a later one; without compiled modules, as that image is.
FROM siaga-stand-in/debian:trixie-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null \
 && ln -s python3 /usr/bin/python && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && find /usr/lib -depth -name __pycache__ -exec rm -rf {} +
