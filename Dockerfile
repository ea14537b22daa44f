# The service's image: `docker build -t secureauth .`. The first stage is Debian and builds; the second holds the program, the
# shared libraries it loads, certificates and a user, and nothing that could start anything else. docs/deployment.md#docker

# By digest where it is to be the same each time: docs/releasing.md#images-by-digest
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE} AS build
WORKDIR /src
# What the build needs, first: these layers are kept as long as nothing of it changes.
COPY scripts/setup scripts/
COPY cmake/npm/package.json cmake/npm/package-lock.json cmake/npm/
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && scripts/setup run && rm -rf /var/lib/apt/lists/*
COPY . .
# Equal sources give equal bytes; see scripts/reproducible.
ARG SOURCE_DATE_EPOCH=1795867200
RUN scripts/build release && deploy/docker/image-root build/release /image

FROM scratch
COPY --from=build /image /
# What it writes: the SQLite file, where there is no PostgreSQL. All else may be read-only.
COPY --from=build --chown=10001:10001 /image/var/lib/secureauth /var/lib/secureauth
# Where data lies is said by who runs it, and nothing less than production is meant unless it is said.
ENV ENVIRONMENT=production \
    LISTEN_ADDRESS=0.0.0.0 \
    PORT=8000 \
    LOG_FORMAT=json
# Where a `.env` would be read: not where the service may write.
WORKDIR /etc/secureauth
VOLUME /var/lib/secureauth
USER 10001:10001
EXPOSE 8000
# It takes no new work and ends what it has, within SHUTDOWN_GRACE_SECONDS.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/bin/secureauth", "healthcheck"]
ENTRYPOINT ["/usr/bin/secureauth"]
CMD ["serve"]
