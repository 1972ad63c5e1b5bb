# Stand-in for timescale/timescaledb: Debian's PostgreSQL 17 and TimescaleDB, with the account and the first start of the
# image, as its documentation describes it.
FROM siaga-stand-in/debian:trixie-slim
RUN groupadd --system --gid 70 postgres && useradd --system --uid 70 --gid 70 --home-dir /var/lib/postgresql postgres \
 && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-17 postgresql-17-timescaledb >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/17 /etc/postgresql \
 && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY timescaledb-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN chmod 0755 /usr/local/bin/docker-entrypoint.sh
USER 70:70
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
