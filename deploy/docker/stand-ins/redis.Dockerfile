# redis:7-bookworm, as far as docker-compose.yml uses it.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /data
CMD ["redis-server"]
