# docker build -t handpress . && docker run -p 3000:3000 -v handpress:/data -e SITE_URL=https://paper.example handpress
FROM node:20-bookworm AS built
WORKDIR /handpress
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY views views
COPY migrations migrations
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
WORKDIR /handpress
COPY --from=built /handpress/package.json ./
COPY --from=built /handpress/node_modules node_modules
COPY --from=built /handpress/dist dist
COPY --from=built /handpress/views views
COPY --from=built /handpress/migrations migrations
COPY data/sample data/sample
RUN mkdir /data && chown node:node /data && chmod 0700 /data
USER node
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["dist/main.js"]
CMD ["serve"]
