FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
# What a request leaves behind is young: with 32 MiB for it, it dies before it is copied on. As in `npm run start:api`.
ENV NODE_OPTIONS=--max-semi-space-size=32
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /app/dist dist
# Where docker-compose.yml mounts the volume of the signing key: a new volume takes its owner from here.
RUN install -d -o node -g node /keys
# Owns nothing of the above, and writes nothing: the root file system may be read-only.
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The worker is the same image with: node dist/apps/worker/src/main.js
CMD ["node", "dist/apps/api/src/main.js"]
