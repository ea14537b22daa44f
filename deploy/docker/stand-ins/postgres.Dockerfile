# postgres:15-bookworm, as far as docker-compose.yml uses it.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-15 util-linux \
 && rm -rf /var/lib/apt/lists/* && usermod --uid 999 postgres && install -d -m 1777 /var/run/postgresql
COPY postgres-entrypoint /usr/local/bin/
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint"]
