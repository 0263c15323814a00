# The daemon and its commands: docker build -t leadsync .   See docs/containers.md.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages are a second Node and native decoders that msgpackr does without; no package needs its scripts.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY config config
COPY scripts scripts
COPY connectors connectors
COPY src src
RUN mkdir -m 700 /var/lib/leadsync && chown node:node /var/lib/leadsync && ln -s /app/scripts/leadsync.mjs /usr/local/bin/leadsync

# A container's own loopback reaches nobody: who may come in is said where its ports are published.
ENV NODE_DISABLE_COMPILE_CACHE=1 NODE_ENV=production LEADSYNC_DATA_DIR=/var/lib/leadsync LEADSYNC_INTAKE_HOST=0.0.0.0 LEADSYNC_ADMIN_HOST=0.0.0.0
USER node
# Journal and the installation's secret: the only place that is written to. Back it up.
VOLUME ["/var/lib/leadsync"]
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LEADSYNC_INTAKE_PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/scripts/leadsync.mjs"]
CMD ["start"]
