# mailhog/mailhog, as far as docker-compose.yml uses it: SMTP on 1025, what came in on 8025.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/*
COPY mail_sink.py /usr/local/bin/
USER 1000:1000
CMD ["python3", "-u", "/usr/local/bin/mail_sink.py"]
